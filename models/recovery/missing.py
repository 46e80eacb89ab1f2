"""Which missing field would narrow the range of a claim most, were it known.

Each field that a claim leaves out is given the values that training claims of the same
segment had. The recoveries then expected differ; by the law of total variance, the
variance between them is what knowing the field takes off the claim's variance on
average. The width from P10 to P90 is taken to shrink as the standard deviation does.

Plausible values are those of the segment, not of the claim's other features, so that a
field which others already tell is overrated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from features import catalogue
from features.gaps import Gap, gaps
from features.package import Floats, Ints, Package
from features.table import FeatureTable
from models.recovery.distribution import quantile
from models.recovery.explanation import Drivers
from models.recovery.feature_values import Values
from models.recovery.model import Forecast, RecoveryModel

_LOW, _HIGH = 0.10, 0.90
_Told = tuple[Ints, Ints, Floats, Floats, Floats]
_NO_ROWS: Ints = np.zeros(0, np.int64)
_NO_RATES: Floats = np.zeros(0)
_NOTHING: _Told = (_NO_ROWS, _NO_ROWS, _NO_RATES, _NO_RATES, _NO_RATES)


@dataclass(frozen=True)
class MissingFields:
    """What knowing a missing field would tell, an entry for each claim and field.

    Attributes:
        gaps: The fields left out.
        examined: Rows of the claims that were examined, ascending, shape (m,).
        claim: Row of the claim of each entry, shape (entries,).
        gap: Position of its field among the gaps, shape (entries,).
        low_rate: P10 of the recovery expected once the field is known, (entries,).
        high_rate: P90 of the same, shape (entries,).
        narrowing_rate: How much narrower P10 to P90 of the claim's recovery becomes
            on average, shape (entries,).
    """

    gaps: tuple[Gap, ...]
    examined: Ints
    claim: Ints
    gap: Ints
    low_rate: Floats
    high_rate: Floats
    narrowing_rate: Floats


@dataclass(frozen=True)
class _Trial:
    """Claims of one segment with a missing field set to each plausible value.

    Attributes:
        claims: Rows of the claims, shape (c,).
        gap: Position of the field.
        likely: Probability of each value, shape (k,).
        rows: Features, shape (c * k, features); rows of a claim stand together.
    """

    claims: Ints
    gap: int
    likely: Floats
    rows: Floats


def largest_claims(package: Package, count: int) -> Ints:
    """Rows of the largest claims, ascending; of equal ones the first."""
    order = np.argsort(-package.claim_yuan(), kind="stable")[:count]
    return np.sort(order).astype(np.int64)


def missing_fields(
    model: RecoveryModel,
    package: Package,
    forecast: Forecast,
    drivers: Drivers,
    examined: Ints,
) -> MissingFields:
    """What each missing field would tell of some claims.

    Fields that training claims of the segment did not state either are not weighed.

    Args:
        model: The model that made the forecast.
        package: The claims.
        forecast: The model's forecast of the same claims.
        drivers: Their drivers, which hold their features.
        examined: Rows of the claims to examine, ascending.
    """
    table = FeatureTable(drivers.names, drivers.values)
    found = gaps(package, table)
    trials = list(_trials(model, table, found, forecast, examined))
    expected = _expected(model, forecast, trials)
    told = [_told(t, e, forecast) for t, e in zip(trials, expected, strict=True)]
    parts = (np.concatenate(part) for part in zip(_NOTHING, *told, strict=True))
    return MissingFields(found, examined, *parts)


def _trials(
    model: RecoveryModel,
    table: FeatureTable,
    found: Sequence[Gap],
    forecast: Forecast,
    examined: Ints,
) -> Iterator[_Trial]:
    read = _features_read(model)
    for position, gap in enumerate(found):
        names = _moved_together([n for n in gap.features if n in read])
        for kind in np.unique(forecast.segments[examined]):
            of_segment = model.record.feature_values.get(str(kind), {})
            known = [n for n in names if n in of_segment]
            concerned = gap.claims[examined] & (forecast.segments[examined] == kind)
            claims = examined[concerned]
            if known and len(claims):
                values = [of_segment[n] for n in known]
                yield _trial(table, claims, position, known, values)


def _features_read(model: RecoveryModel) -> frozenset[str]:
    """Features that some tree splits."""
    named = zip(model.record.features, model.level.splits, strict=True)
    return frozenset(name for name, count in named if count)


def _moved_together(names: Sequence[str]) -> list[str]:
    """The first feature of a field, and those that rise and fall with it.

    What a field would make of the others cannot be told from their values alone.
    """
    known = catalogue.features()
    return [
        name
        for position, name in enumerate(names)
        if position == 0 or known[name].direction == known[names[0]].direction != 0
    ]


def _trial(
    table: FeatureTable,
    claims: Ints,
    gap: int,
    names: Sequence[str],
    values: Sequence[Values],
) -> _Trial:
    likely = np.array([p for _, p in values[0]])
    rows = np.repeat(table.values[claims], len(likely), axis=0)
    levels = np.cumsum(likely) - likely / 2
    for name, of_feature in zip(names, values, strict=True):
        column = table.names.index(name)
        tried = np.tile(_at_levels(of_feature, levels), len(claims))
        rows[:, column] = np.where(np.isnan(rows[:, column]), tried, rows[:, column])
    return _Trial(claims, gap, likely, rows)


def _at_levels(values: Values, levels: Floats) -> Floats:
    """Quantiles of a feature at some levels, shape (levels,)."""
    reached = np.array(list(accumulate(p for _, p in values)))
    position = np.searchsorted(reached, levels).clip(max=len(values) - 1)
    at_levels: Floats = np.array([v for v, _ in values])[position]
    return at_levels


def _expected(
    model: RecoveryModel, forecast: Forecast, trials: Sequence[_Trial]
) -> list[Floats]:
    """Recovery expected under each value of each trial, each shape (claims, values).

    All rows of all trials are predicted in one call.
    """
    if not trials:
        return []
    rows = np.concatenate([trial.rows for trial in trials])
    claims = np.concatenate([np.repeat(t.claims, len(t.likely)) for t in trials])
    table = FeatureTable(model.record.features, rows)
    kinds = forecast.segments[claims]
    score = model.score(table, kinds)
    mean = model.points_at(score, kinds, forecast.unseen[claims]).mean(axis=1)
    ends = np.cumsum([len(trial.rows) for trial in trials])[:-1]
    parts = zip(np.split(mean, ends), trials, strict=True)
    return [part.reshape(len(t.claims), len(t.likely)) for part, t in parts]


def _told(trial: _Trial, expected: Floats, forecast: Forecast) -> _Told:
    """Claims, field, P10 and P90 of the expected recovery, and narrowing of a trial."""
    points = forecast.points[trial.claims]
    centre = (expected * trial.likely).sum(axis=1, keepdims=True)
    between = ((expected - centre) ** 2 * trial.likely).sum(axis=1)
    total = points.var(axis=1)
    left = 1 - np.minimum(between / np.where(total > 0, total, np.inf), 1.0)
    width = quantile(points, _HIGH) - quantile(points, _LOW)
    low, high = (_weighted_quantile(expected, trial.likely, q) for q in (_LOW, _HIGH))
    position = np.full(len(trial.claims), trial.gap, np.int64)
    return trial.claims, position, low, high, width * (1 - np.sqrt(left))


def _weighted_quantile(values: Floats, likely: Floats, level: float) -> Floats:
    """A quantile of each row, shape (n,)."""
    order = np.argsort(values, axis=1, kind="stable")
    reached = np.cumsum(likely[order], axis=1) >= level - 1e-12
    first = reached.argmax(axis=1)[:, None]
    chosen = np.take_along_axis(order, first, axis=1)
    quantiles: Floats = np.take_along_axis(values, chosen, axis=1)[:, 0]
    return quantiles
