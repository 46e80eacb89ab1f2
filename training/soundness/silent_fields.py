"""Fields whose silence tells of the outcome: they were filled in where claims paid.

Trees read a field that is left out as they read its values. Where servicers note what
they learn while cash comes, claims that state a field pay more than those that do not,
out of time as well, and no test of a history sees anything wrong. A tape that states
the field of every claim is then priced as if all were the good ones. Nothing here can
say why a field was left out: whoever knows must.
"""

from collections.abc import Iterator

import numpy as np

from features.columns import Bools
from features.gaps import Gap, gaps
from features.outcomes import (
    MONTHS_PER_QUARTER,
    UNTIMED_HORIZON_MONTHS,
    History,
    realised,
)
from features.package import Floats, Ints
from features.segment import segments
from features.table import FeatureTable, build_table, learn_vocabulary
from models.recovery.factors import vintages
from models.recovery.silence import Silence
from training.bootstrap import block_standard_error
from training.config import Config
from training.reference import mature_claims

# Times that claims which state a field pay more, or less, than those that do not.
LARGEST_MULTIPLE = 1.5
# Standard errors by which it must stand out: many fields are asked.
BEYOND_LUCK = 4.0
LEAST_DISTANCE = float(np.log(LARGEST_MULTIPLE))
MOST_TOLD = 3


def silences(history: History, config: Config) -> tuple[Silence, ...]:
    """Fields whose silence tells most, the strongest first, each in one segment.

    Args:
        history: The history.
        config: The horizon, which claims are mature, and the fewest that are judged.
    """
    of_field: dict[str, Silence] = {}
    for found in sorted(_silences(history, config), key=_distance):
        of_field[found.field] = found
    return tuple(sorted(of_field.values(), key=_distance)[: -MOST_TOLD - 1 : -1])


def _silences(history: History, config: Config) -> Iterator[Silence]:
    known = history.take(mature_claims(history, config))
    table = build_table(
        known.package, learn_vocabulary(known.package, config.vocabulary.minimum_count)
    )
    horizon = config.horizon.quarters * MONTHS_PER_QUARTER
    months = horizon if history.timing_observed else UNTIMED_HORIZON_MONTHS
    rate, vintage = realised(known, months).gross_rate, vintages(known.package)
    kinds = segments(known.package)
    for gap in gaps(known.package, table):
        stated = _stated(gap, table)
        for kind in np.unique(kinds[gap.claims]).tolist():
            said, silent = (kinds == kind) & stated, (kinds == kind) & gap.claims
            if min(said.sum(), silent.sum()) < config.monitoring.fewest_claims:
                continue
            multiple = _multiple(rate, vintage, said, silent)
            if multiple != 1:
                yield _silence(gap, kind, said, silent, multiple)


def _silence(
    gap: Gap, kind: str, said: Bools, silent: Bools, multiple: float
) -> Silence:
    claims = int(said.sum() + silent.sum())
    return Silence(
        segment=kind,
        table=gap.table,
        field=gap.field.name,
        claims=claims,
        silent_share=float(silent.sum() / claims),
        multiple=multiple,
    )


def _stated(gap: Gap, table: FeatureTable) -> Bools:
    """Whether each claim states the field, as far as its features tell, shape (n,)."""
    told = [~np.isnan(table.column(name)) for name in gap.features]
    stated: Bools = np.logical_or.reduce(told) & ~gap.claims
    return stated


def _multiple(rate: Floats, vintage: Ints, said: Bools, silent: Bools) -> float:
    """Mean recovery of some claims over that of others; 1 where it may be luck."""
    means = [rate[rows].mean() for rows in (said, silent)]
    if min(means) <= 0:
        return 1.0
    errors = [
        _error(rate[rows], vintage[rows]) / mean
        for rows, mean in zip((said, silent), means, strict=True)
    ]
    far = abs(float(np.log(means[0] / means[1])))
    by_luck = BEYOND_LUCK * float(np.hypot(*errors))
    return float(means[0] / means[1]) if far > max(by_luck, LEAST_DISTANCE) else 1.0


def _error(rate: Floats, vintage: Ints) -> float:
    """Standard error of a mean, luck coming in vintages or, if larger so, in claims."""
    blocks = vintage, np.arange(len(rate))
    return max(block_standard_error(rate, block) for block in blocks)


def _distance(silence: Silence) -> float:
    return abs(float(np.log(silence.multiple)))
