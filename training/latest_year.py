"""Whether the latest year paid as the years before, on claims of any age.

The level is learnt from claims that are old enough to have shown it, so a break of the
market reaches it years late. Cash shows it at once: the quarters that were observed in
the latest year are set against what claims of the same segment and age paid before.
The same is asked of earlier years, which tells how far luck alone goes (a prediction
interval from their logarithms). Only segment and age are told apart, so a departure
may also come from claims of another kind: which it is, whoever knows them must say.
"""

from collections.abc import Iterator

import numpy as np
from scipy.stats import t as student

from features.outcomes import (
    MONTHS_PER_QUARTER,
    Bools,
    History,
    Panel,
    age_months,
    quarter_panel,
)
from features.package import Floats
from features.segment import segments
from models.recovery.chain_ladder import Labels, fit_chain_ladder
from models.recovery.out_of_time import MONTHS, LatestYear
from training.config import Config

# Earlier years that luck is told from; older ones tell of another time.
FEWEST_YEARS = 5
MOST_YEARS = 10
CONFIDENCE = 0.95


def latest_year(history: History, config: Config) -> LatestYear | None:
    """The latest year beside the years before.

    Args:
        history: The history.
        config: The horizon, and the tolerance and fewest claims of a back-test.

    Returns:
        None where timing is not observed, or too few years can be told.
    """
    if not history.timing_observed:
        return None
    (claims, latest), *before = list(_ratios(history, config)) or [(0, 0.0)]
    if len(before) < FEWEST_YEARS or latest <= 0:
        return None
    low, high = _by_luck(np.log([ratio for _, ratio in before]))
    far = abs(latest - 1) > config.monitoring.tolerance_rate
    return LatestYear(
        until=history.observed_until,
        claims=claims,
        ratio=latest,
        low=low,
        high=high,
        earlier_years=len(before),
        departs=far and not low <= latest <= high,
    )


def _ratios(history: History, config: Config) -> Iterator[tuple[int, float]]:
    """Claims and ratio of each year, the latest first, as far back as one is told."""
    panel = quarter_panel(history, config.horizon.quarters)
    kinds = segments(history.package)
    ended = age_months(history)[panel.claim] - MONTHS_PER_QUARTER * (panel.quarter + 1)
    for year in range(MOST_YEARS + 1):
        first = MONTHS * year
        within = (ended >= first) & (ended + MONTHS_PER_QUARTER <= first + MONTHS)
        told, before = _rows(panel, within), _rows(panel, ended >= first + MONTHS)
        ratio = _ratio(told, before, kinds, config)
        if ratio <= 0:
            return
        yield len(np.unique(told.claim)), ratio


def _ratio(told: Panel, before: Panel, kinds: Labels, config: Config) -> float:
    """Paid over paid before at the same segment and age; nothing if none can tell."""
    fewest = config.monitoring.fewest_claims
    if any(len(np.unique(side.claim)) < fewest for side in (told, before)):
        return 0.0
    ladder = fit_chain_ladder(before, kinds, config.horizon.quarters)
    due = ladder.shares(kinds)[told.claim, told.quarter].sum()
    return float(told.share.sum() / due) if due > 0 else 0.0


def _rows(panel: Panel, chosen: Bools) -> Panel:
    return Panel(panel.claim[chosen], panel.quarter[chosen], panel.share[chosen])


def _by_luck(logs: Floats) -> tuple[float, float]:
    """Where one more year lies with 95%, the others being alike."""
    years = len(logs)
    quantile = student.ppf((1 + CONFIDENCE) / 2, years - 1)
    reach = quantile * logs.std(ddof=1) * np.sqrt(1 + 1 / years)
    low, high = np.exp([logs.mean() - reach, logs.mean() + reach])
    return float(low), float(high)
