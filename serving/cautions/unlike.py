"""Claims beyond nearly all that a model learnt from, where its trees stand still."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from features.columns import Tables
from features.package import Floats
from features.segment import SEGMENTS, segment_places
from models.recovery.chain_ladder import Labels
from models.recovery.feature_values import MOST_VALUES
from models.recovery.model import ModelRecord
from serving.cautions.caution import Caution, caution

# Of claims like those of the history one in fourteen lies beyond either end.
MOST_BEYOND_SHARE = 0.5
# Fewer claims than this are no package with a composition of its own.
FEWEST_CLAIMS = 10


class _Side(NamedTuple):
    """One end of what a history holds of a feature, as people name it."""

    feature: str
    sign: int
    code: str
    en: str
    zh: str


_SIDES = (
    _Side("claim_size", 1, "claims_larger", "owe more than", "债权金额高于"),
    _Side("claim_size", -1, "claims_smaller", "owe less than", "债权金额低于"),
    _Side("days_past_due", 1, "arrears_longer", "are overdue longer than", "逾期长于"),
    _Side(
        "days_past_due", -1, "arrears_shorter", "are overdue less long than", "逾期短于"
    ),
)


def about_unlike(
    record: ModelRecord, tables: Tables, segments: Labels
) -> Iterator[Caution]:
    """Sizes and arrears that the history hardly holds in most claims of a package.

    Args:
        record: Record of the model.
        tables: The claims.
        segments: Segment of each, shape (n,).
    """
    if len(tables) < FEWEST_CLAIMS:
        return
    place = segment_places(segments)
    stated = {
        "claim_size": np.log(tables.claim_yuan),
        "days_past_due": tables.claims.numbers("days_past_due"),
    }
    for side in _SIDES:
        past = side.sign * (stated[side.feature] - _ends(record, side)[place])
        told, beyond = int((~np.isnan(past)).sum()), int((past > 0).sum())
        if told >= FEWEST_CLAIMS and beyond > MOST_BEYOND_SHARE * told:
            yield _caution(side, beyond, told)


def _ends(record: ModelRecord, side: _Side) -> Floats:
    """Value beyond which a fourteenth of each segment's claims lay.

    NaN where the history does not say, as of a feature with few values: shape
    (segments + 1,), the last for claims of no segment that is known.
    """
    ends = np.full(len(SEGMENTS) + 1, np.nan)
    for place, segment in enumerate(SEGMENTS):
        values = record.feature_values.get(segment, {}).get(side.feature, ())
        if len(values) == MOST_VALUES and len({share for _, share in values}) == 1:
            ends[place] = values[-1 if side.sign > 0 else 0][0]
    return ends


def _caution(side: _Side, beyond: int, claims: int) -> Caution:
    return caution(
        side.code,
        f"{beyond:,} of {claims:,} claims {side.en} 13 in 14 claims of their segment "
        "that the model learnt from: what such claims pay it has hardly seen, and no "
        "range says how far it may be off; check the units, price a scenario, or bring "
        "disposals of such claims",
        f"{claims:,}笔债权中有{beyond:,}笔{side.zh}模型所学同类债权的十四分之十三："
        "模型几乎未见过此类债权，区间未反映由此带来的偏差；"
        "请核对单位、做情景分析，或补充此类处置历史",
    )
