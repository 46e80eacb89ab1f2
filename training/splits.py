"""Out-of-time windows: train on what was known before a year, test on that year."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.errors import HistoryError
from features.outcomes import MONTHS_PER_QUARTER, History
from features.package import obligors
from training.config import Config
from training.reference import FEWEST_CLAIMS, mature_claims


@dataclass(frozen=True)
class Window:
    """One test year and what was known before it.

    Attributes:
        year: The test year.
        train: History known when the embargo began, without the obligors tested.
        test: Claims cut off in the year, with all that is known of them today.
    """

    year: int
    train: History
    test: History


def under_embargo(config: Config, embargo_months: int | None) -> Config:
    """The configuration with another embargo; itself where none is named."""
    if embargo_months is None:
        return config
    rule = config.evaluation.model_copy(update={"embargo_months": embargo_months})
    return config.model_copy(update={"evaluation": rule})


def test_years(history: History, config: Config) -> list[int]:
    """The latest years observed to the horizon and taught by claims before, in order.

    Raises:
        HistoryError: No year after the first was observed to the horizon, or too few
            claims before any of them had shown their recovery.
    """
    cutoffs = history.package.claims["cutoff_date"].to_pylist()
    if not cutoffs:
        raise _none_cut_off(history)
    present = {day.year for day in cutoffs}
    years = sorted(y for y in present if _observed(history, y, config))
    chosen = years[1:][-config.evaluation.years :]
    if not chosen:
        raise _none_observed(len(present), config)
    known = {y: _mature_before(history, y, config) for y in chosen}
    taught = [y for y in chosen if known[y] >= FEWEST_CLAIMS]
    if not taught:
        raise _none_taught(chosen[-1], known[chosen[-1]], history, config)
    return taught


def _none_cut_off(history: History) -> HistoryError:
    day = history.observed_until
    return HistoryError(
        f"no claim had been cut off by {day}: name a later day by --known-on",
        zh=f"截至{day}没有任何已过基准日的债权；请以 --known-on 指定更晚的日期",
    )


def _none_observed(years: int, config: Config) -> HistoryError:
    months = MONTHS_PER_QUARTER * config.horizon.quarters
    if years < 2:
        return HistoryError(
            "all claims were cut off in one year, and none can be tested by a model of "
            "what came before: bring the disposals of earlier years",
            zh="所有债权的基准日在同一年，无法做样本外检验；请补充更早年份的处置历史",
        )
    return HistoryError(
        f"no year after the first was observed for {months} months; bring a "
        "longer history, or a --config with fewer horizon.quarters",
        zh=f"首年之后没有任何年份观察满{months}个月；请提供更长的历史，"
        "或以 --config 减少 horizon.quarters",
    )


def _none_taught(
    year: int, claims: int, history: History, config: Config
) -> HistoryError:
    months = config.reference.maturity_months if history.timing_observed else 0
    return HistoryError(
        f"no year can be tested: before {year}, the latest that was observed long "
        f"enough, only {claims} claims had been observed for {months} months, and "
        f"{FEWEST_CLAIMS} are needed to learn from; add older disposals, or lower "
        "reference.maturity_months or horizon.quarters by --config",
        zh=f"没有可检验的年份：在观察期足够的最近一年{year}年之前，"
        f"仅{claims}笔债权观察满{months}个月，至少需要{FEWEST_CLAIMS}笔；"
        "请补充更早的处置，或以 --config 减少 reference.maturity_months"
        " 或 horizon.quarters",
    )


def _observed(history: History, year: int, config: Config) -> bool:
    """Whether the whole year has been observed to the horizon."""
    if not history.timing_observed:
        return True
    last = pd.Timestamp(year, 12, 31) + pd.DateOffset(
        months=MONTHS_PER_QUARTER * config.horizon.quarters
    )
    return last.date() <= history.observed_until


def _mature_before(history: History, year: int, config: Config) -> int:
    """How many claims had shown their recovery before the year."""
    known = window(history, year, config.evaluation.embargo_months).train
    return len(mature_claims(known, config))


def window(history: History, year: int, embargo_months: int = 0) -> Window:
    """One test year and what was known before it.

    Args:
        history: The whole history.
        year: The test year.
        embargo_months: Months between what training knows and the year.
    """
    known = pd.Timestamp(year, 1, 1) - pd.DateOffset(months=embargo_months, days=1)
    test = history.between(date(year, 1, 1), date(year, 12, 31))
    train = history.known_on(known.date())
    strangers = ~np.isin(obligors(train.package), obligors(test.package))
    return Window(year, train.take(np.flatnonzero(strangers)), test)
