"""How far cash of the latest two years moved a level that older claims had taught.

The level of a model rests on claims old enough to have shown it. What all claims paid
since, young ones too, beside what was expected of them in the same months says how it
has changed; see docs/decisions/0053-level-follows-cash.md.
"""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from features.segment import SEGMENT_ZH
from models.recovery.out_of_time import RECORDED

MOVE_MONTHS = 24
# Whoever prices is told of a move beyond this; smaller ones are recalibration as usual.
TOLD_MOVE = 0.1


class LevelMove(BaseModel):
    """The move of one segment's level, or of those that are not named.

    Attributes:
        claims: Claims that were paid or awaited.
        ratio: What they paid over what was expected of them.
        factor: What the level was multiplied by, luck taken off.
        shift: What that adds to the log-odds that trees start from.
    """

    model_config = RECORDED

    claims: int
    ratio: float
    factor: float
    shift: float


class LevelMoves(BaseModel):
    """Moves of the level of a model.

    Attributes:
        until: Last day of the two years.
        overall: Of all claims together, and of segments that are not named.
        by_segment: Of each segment that was paid or awaited.
    """

    model_config = RECORDED

    until: date
    overall: LevelMove
    by_segment: dict[str, LevelMove]

    def shifts(self) -> Mapping[str, float]:
        """What is added to the log-odds of each segment named."""
        return {segment: move.shift for segment, move in self.by_segment.items()}

    def factors(self) -> Mapping[str, float]:
        """Factor of all together and of each segment named, for a log of figures."""
        named = {segment: move.factor for segment, move in self.by_segment.items()}
        return {"overall": self.overall.factor, **named}

    def _apart(self) -> list[tuple[str, LevelMove]]:
        """Segments whose move reads otherwise than that of all together."""
        every = round(self.overall.factor, 2)
        named = self.by_segment.items()
        return [(n, m) for n, m in named if round(m.factor, 2) != every]

    @property
    def tells(self) -> bool:
        """Whether a level was moved so far that whoever prices must know."""
        return any(abs(f - 1) > TOLD_MOVE for f in self.factors().values())

    def words(self) -> str:
        """The moves in words."""
        overall = self.overall
        told = (
            f"cash of the {MOVE_MONTHS} months to {self.until} was {overall.ratio:.2f} "
            f"of what older claims let expect ({overall.claims:,} claims), and what "
            f"claims are expected to pay was multiplied by {overall.factor:.2f}"
        )
        moves = [
            f"{name} {move.factor:.2f} (paid {move.ratio:.2f})"
            for name, move in self._apart()
        ]
        apart = f"; for segments apart: {', '.join(moves)}" if moves else ""
        return f"{told}{apart}: ask whether what moved it will last"

    def words_zh(self) -> str:
        """The same in Chinese."""
        overall = self.overall
        told = (
            f"截至{self.until}的{MOVE_MONTHS}个月，实际回款为按较早债权预期的"
            f"{overall.ratio:.2f}倍（{overall.claims:,}笔债权），"
            f"预期回收已乘以{overall.factor:.2f}"
        )
        moves = [
            f"{SEGMENT_ZH.get(name, name)}{move.factor:.2f}（实际{move.ratio:.2f}）"
            for name, move in self._apart()
        ]
        apart = f"；单独调整：{'、'.join(moves)}" if moves else ""
        return f"{told}{apart}；请判断该变化是否会持续"
