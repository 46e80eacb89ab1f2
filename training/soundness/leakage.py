"""Checks that a history knows nothing of what came after its cut-off dates.

A model that has seen the answer looks brilliant until money depends on it. Each check
refuses the run and says which field is at fault; bounds lie well beyond what any honest
feature of the simulated market and the SBA charge-offs reaches (docs/compare.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau, rankdata

from features import catalogue
from features.errors import Finding, LeakageError
from features.outcomes import (
    MONTHS_PER_QUARTER,
    UNTIMED_HORIZON_MONTHS,
    History,
    age_months,
    closed_workouts,
    paid_shares,
    realised,
    validated,
)
from features.package import FIRST_ROW, Floats, Ints, claim_rows, days, numbers
from features.table import (
    FeatureTable,
    build_table,
    categorical_features,
    learn_vocabulary,
)
from training.config import Config
from training.reference import mature_claims

# Concordance with recovery beyond which a feature must have been written afterwards:
# the best honest one reaches .85, whole models hardly more.
LARGEST_CONCORDANCE = 0.95
# Rank correlation with the cut-off date beyond which a number is that date.
LARGEST_DATE_CORRELATION = 0.95
# Share of what there is to know about the year that a label may tell.
LARGEST_YEAR_SHARE = 0.9
# Share of part-paid claims on which an amount may equal the cash or the loss.
LARGEST_EQUAL_SHARE = 0.5
EQUAL_WITHIN = 1e-3
# Share of claims too young to be mature that may be closed already.
LARGEST_CLOSED_SHARE = 0.98
FEWEST_CLAIMS = 100
FEWEST_OF_A_KIND = 30
FEWEST_YEARS = 3
FEWEST_DATES = 8
# Numbers with no more values than this may be codes, and are read as labels too.
MOST_CODES = 50
# Claims that an order is judged on; more would not change a verdict of this size.
JUDGED_CLAIMS = 4_000
# Claims of which a label's mean is half its own, half that of all.
PRIOR_CLAIMS = 5.0
QUARTERS_PER_YEAR = 4


@dataclass(frozen=True)
class _Known:
    """What the checks of features look at.

    Attributes:
        table: Features of the claims, shape (n, columns).
        cutoff: Cut-off dates in days since 1970, shape (n,).
        rate: Realised recovery, shape (n,).
        judged: Rows of mature claims that orders are judged on.
        categories: Features that are labels.
    """

    table: FeatureTable
    cutoff: Floats
    rate: Floats
    judged: Ints
    categories: frozenset[str]


def check_leakage(history: History, config: Config) -> None:
    """Refuse a history that knows what came later, or that hides open work-outs.

    Raises:
        HistoryError: The tables contradict each other.
        LeakageError: Each finding names a field, what is wrong with it, and the remedy.
    """
    known = _known(validated(history), config)
    found = [
        *late_dates(history),
        *survivors(history, config),
        *_outcome_features(known),
        *_outcome_amounts(history, config),
        *_year_labels(known),
        *_date_levels(known),
    ]
    if found:
        raise LeakageError(
            f"{history.name} cannot be learnt from: it knows what came after the "
            "cut-off dates",
            found,
            f"{history.name} 含有基准日之后才知道的信息，不能用于训练",
        )


def _known(history: History, config: Config) -> _Known:
    vocabulary = learn_vocabulary(history.package, config.vocabulary.minimum_count)
    mature = mature_claims(history, config)
    spread = np.linspace(0, len(mature) - 1, min(len(mature), JUDGED_CLAIMS))
    return _Known(
        build_table(history.package, vocabulary),
        days(history.package.claims, "cutoff_date"),
        realised(history, _horizon_months(history, config)).gross_rate,
        mature[spread.astype(np.int64)],
        frozenset(categorical_features()),
    )


def _horizon_months(history: History, config: Config) -> int:
    if not history.timing_observed:
        return UNTIMED_HORIZON_MONTHS
    return config.horizon.quarters * MONTHS_PER_QUARTER


def late_dates(history: History) -> Iterator[Finding]:
    """Dates of past events that lie after the cut-off date of their claim."""
    package = history.package
    cutoff = days(package.claims, "cutoff_date")
    tables = (package.claims, package.collateral, package.guarantees)
    for name, table in zip(catalogue.TAPE_TABLES, tables, strict=True):
        of_claim = cutoff[claim_rows(package, table)]
        for field in _past_dates(name):
            late = np.flatnonzero(days(table, field) > of_claim)
            if len(late):
                row = int(late[0])
                yield Finding(
                    "after_cutoff",
                    f"{len(late)} dates lie after the cut-off date, though they tell "
                    "of the past; state what was known on that day, or leave it empty",
                    f"{len(late)} 个日期晚于基准日；请改为基准日已知的值或留空",
                    table=name,
                    row=row + FIRST_ROW,
                    field=field,
                    value=str(table[field][row].as_py()),
                )


def _past_dates(table: str) -> list[str]:
    """Date fields that record what has happened by the cut-off date."""
    return [
        name
        for name, field in catalogue.kept_fields(table).items()
        if field.kind == "date"
        and field.known == "cutoff"
        and not field.after_cutoff
        and name != "cutoff_date"
    ]


def survivors(history: History, config: Config) -> Iterator[Finding]:
    """Work-outs all closed although too young for it: the open ones were left out."""
    if not history.timing_observed:
        return
    young = age_months(history) < config.reference.maturity_months
    if young.sum() < FEWEST_OF_A_KIND:
        return
    share = float(closed_workouts(history)[young].mean())
    if share >= LARGEST_CLOSED_SHARE:
        yield Finding(
            "survivorship",
            f"the history holds closed work-outs only: {share:.0%} of the {young.sum()}"
            f" claims cut off less than {config.reference.maturity_months} months "
            "before it ends are closed, and those are the quick and the good; add the "
            "work-outs that are still open",
            f"近期债权 {share:.0%} 已结案，疑似只含已结案处置；请补充未结案债权",
            table="workouts",
            field="status",
            value=f"{share:.1%}",
        )


def _outcome_features(known: _Known) -> Iterator[Finding]:
    rate = known.rate[known.judged]
    for name in known.table.names:
        value = known.table.column(name)[known.judged]
        reached = _most_concordant(value, rate, name in known.categories)
        if reached >= LARGEST_CONCORDANCE:
            yield _of_feature(
                "outcome_column",
                name,
                "the feature alone puts recoveries in order, as only what is known "
                f"afterwards does (concordance {reached:.3f}, at most "
                f"{LARGEST_CONCORDANCE}); state it as of the cut-off date, or leave "
                "its fields empty",
                "该特征几乎单独决定回收结果，疑似事后数据；请改为基准日的值或留空",
                reached,
            )


def _most_concordant(value: Floats, rate: Floats, is_label: bool) -> float:
    """How well a feature, or its being stated, tells recoveries apart."""
    stated = ~np.isnan(value)
    reached = _tells(stated.astype(np.float64), rate)
    if stated.sum() < FEWEST_CLAIMS:
        return reached
    value, rate = value[stated], rate[stated]
    if is_label:
        value = _label_means(value, rate)
    return max(reached, _tells(value, rate))


def _tells(value: Floats, rate: Floats) -> float:
    """Best concordance with how much was paid, with any payment, with full payment."""
    events = [(rate > 0).astype(np.float64), (rate >= 1).astype(np.float64)]
    usual = [e for e in events if min(e.sum(), (1 - e).sum()) >= FEWEST_OF_A_KIND]
    return max(concordance(value, outcome) for outcome in (rate, *usual))


def concordance(value: Floats, outcome: Floats) -> float:
    """Share of pairs with unlike outcomes that a value puts in one order, .5 to 1.

    The area under the ROC curve carried to any outcome (Somers' D of 1962, halved and
    raised): ties of the value count half, ties of the outcome not at all.

    Args:
        value: Shape (n,).
        outcome: Shape (n,).
    """
    if np.ptp(value) == 0 or np.ptp(outcome) == 0:
        return 0.5
    tau = float(kendalltau(value, outcome, method="asymptotic").statistic)
    somers = abs(tau) * np.sqrt(_untied(value) / _untied(outcome))
    return float(0.5 + min(somers, 1.0) / 2)


def _untied(values: Floats) -> float:
    """Share of pairs that differ."""
    _, counts = np.unique(values, return_counts=True)
    share = counts / len(values)
    return float(1 - share @ share)


def _label_means(code: Floats, rate: Floats) -> Floats:
    """Mean recovery of each claim's label among the claims of the other half, (n,)."""
    _, label = np.unique(code, return_inverse=True)
    half = np.arange(len(code)) % 2
    cell = label * 2 + half
    size = np.bincount(cell, minlength=2 * (label.max() + 1))
    paid = np.bincount(cell, rate, minlength=len(size))
    means = (paid + PRIOR_CLAIMS * rate.mean()) / (size + PRIOR_CLAIMS)
    of_the_other: Floats = means[label * 2 + 1 - half]
    return of_the_other


def _outcome_amounts(history: History, config: Config) -> Iterator[Finding]:
    claim = history.package.claim_yuan()
    outcomes = [share * claim for share in _shares_by_year(history, config)]
    for name, field in catalogue.kept_fields("claims").items():
        if field.kind == "money":
            amount = numbers(history.package.claims, name)
            equal = max(_equal_share(amount, cash, claim) for cash in outcomes)
            if equal >= LARGEST_EQUAL_SHARE:
                yield Finding(
                    "equals_outcome",
                    f"on {equal:.0%} of the part-paid claims it equals the cash that "
                    "came after the cut-off date, or what never came; state it as of "
                    "that date, or leave it empty",
                    f"{equal:.0%} 的部分回收债权中等于事后回款或损失；请改正或留空",
                    field=name,
                    value=f"{equal:.1%}",
                )


def _shares_by_year(history: History, config: Config) -> list[Floats]:
    """Share paid of each claim by the end of each year and in all, each shape (n,)."""
    whole = realised(history, _horizon_months(history, config)).gross_rate
    if not history.timing_observed:
        return [whole]
    paid = np.cumsum(paid_shares(history, config.horizon.quarters), axis=1)
    return [*paid[:, QUARTERS_PER_YEAR - 1 :: QUARTERS_PER_YEAR].T, whole]


def _equal_share(amount: Floats, cash: Floats, claim: Floats) -> float:
    """Share of part-paid claims whose amount is the cash, or the rest of the claim."""
    part = (cash > 0) & (cash < claim) & ~np.isnan(amount)
    if part.sum() < FEWEST_OF_A_KIND:
        return 0.0
    shares = [
        (np.abs(amount - other)[part] <= EQUAL_WITHIN * other[part]).mean()
        for other in (cash, claim - cash)
    ]
    return float(max(shares))


def _year_labels(known: _Known) -> Iterator[Finding]:
    year = known.cutoff.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    if len(np.unique(year)) < FEWEST_YEARS or len(year) < FEWEST_CLAIMS:
        return
    for name in known.table.names:
        label = known.table.column(name)
        codes = len(np.unique(label[~np.isnan(label)]))
        if codes < FEWEST_YEARS - 1:
            continue
        if name in known.categories or codes <= MOST_CODES:
            told = year_share(label, year)
            if told >= LARGEST_YEAR_SHARE:
                yield _of_feature(
                    "year_label",
                    name,
                    f"its labels tell the year of the cut-off date ({told:.0%} of what "
                    f"there is to know, at most {LARGEST_YEAR_SHARE:.0%}): a model "
                    "would learn the luck of years, and new labels would mean nothing "
                    "to it; use labels that outlive a year, or leave it empty",
                    "该类别几乎等同于基准日年份；请改用跨年度的类别或留空",
                    told,
                )


def year_share(label: Floats, year: Ints) -> float:
    """Share of the year's entropy that a label takes away (Theil's U, 1970).

    What as many labels would take away by chance is deducted (Miller 1955).

    Args:
        label: Code of each claim's label, NaN where it has none, shape (n,).
        year: Year of the cut-off date, shape (n,).
    """
    _, code = np.unique(label, return_inverse=True)
    _, when = np.unique(year, return_inverse=True)
    cells = np.zeros((code.max() + 1, when.max() + 1))
    np.add.at(cells, (code, when), 1.0)
    of_year = _entropy(cells.sum(0))
    mutual = _entropy(cells.sum(1)) + of_year - _entropy(cells.ravel())
    by_chance = (len(cells) - 1) * (cells.shape[1] - 1) / (2 * len(label))
    return float((mutual - by_chance) / of_year)


def _entropy(counts: Floats) -> float:
    """Entropy of shares in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _date_levels(known: _Known) -> Iterator[Finding]:
    for name in known.table.names:
        value = known.table.column(name)
        stated = ~np.isnan(value)
        if name in known.categories or stated.sum() < FEWEST_CLAIMS:
            continue
        together = _rank_correlation(value[stated], known.cutoff[stated])
        if abs(together) >= LARGEST_DATE_CORRELATION:
            yield _of_feature(
                "date_level",
                name,
                "it moves with the cut-off date as a calendar does (rank correlation "
                f"{together:.3f}, at most {LARGEST_DATE_CORRELATION}): a model would "
                "learn the luck of years; state a ratio or a time until the cut-off, "
                "or leave its fields empty",
                "该数值几乎随基准日同步变化，等同于日期；请改用比率或距基准日的时长，或留空",
                together,
            )


def _rank_correlation(value: Floats, cutoff: Floats) -> float:
    if np.ptp(value) == 0 or len(np.unique(cutoff)) < FEWEST_DATES:
        return 0.0
    return float(np.corrcoef(rankdata(value), rankdata(cutoff))[0, 1])


def _of_feature(
    code: str, name: str, reason: str, reason_zh: str, reached: float
) -> Finding:
    inputs = ", ".join(catalogue.features()[name].inputs)
    return Finding(
        code,
        f"{reason} (read from {inputs})",
        reason_zh,
        field=name,
        value=f"{reached:.3f}",
    )
