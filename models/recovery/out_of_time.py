"""What tests out of time told of a model, carried with it to whoever prices by it.

A model cannot be tested on what it learnt from. Models of the same making, which knew
only what came before a year, are tested on that year: how many recoveries their ranges
held is told here, and what the latest year paid, which no level holds yet.
"""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from models.recovery.large_claims import LargeClaims
from models.recovery.pace import Pace
from models.recovery.silence import Silence

# What is no number is no figure of a model.
RECORDED = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
MONTHS = 12
# An 80% range that holds less than this is too narrow for luck alone to say so.
LEAST_HELD = 0.75
# Fewer claims than this tell nothing of ranges.
FEWEST_CLAIMS = 100


class RangesHeld(BaseModel):
    """What the 80% ranges of single claims held, recoveries at an atom shared out.

    Attributes:
        first_year: First year tested.
        last_year: Last one.
        claims: Claims tested.
        held: Share of them whose range held what came, before it was widened.
        spread_factor: Factor on the distance of every rate from its mean that the model
            has since; 1 where ranges were wide enough.
        held_since: The same share by such factors, each year's from the other years.
    """

    model_config = RECORDED

    first_year: int
    last_year: int
    claims: int
    held: float
    spread_factor: float = 1.0
    held_since: float

    @property
    def widened(self) -> bool:
        """Whether the ranges of the model were widened."""
        return self.spread_factor > 1

    @property
    def narrow(self) -> bool:
        """Whether its ranges are still narrower than they say."""
        return self.claims >= FEWEST_CLAIMS and self.held_since < LEAST_HELD

    @property
    def _years(self) -> tuple[int, ...]:
        """The first and the last year, once where they are one."""
        return tuple(sorted({self.first_year, self.last_year}))

    @property
    def _judged(self) -> bool:
        """Whether a year that did not widen the ranges saw what they hold."""
        return not self.widened or len(self._years) > 1

    def words(self) -> str:
        """The share in words, with what was done about it."""
        told = (
            f"80% ranges of single claims held {self.held:.0%} of what came, measured "
            f"out of time on {self.claims:,} claims of "
            f"{' to '.join(map(str, self._years))}"
        )
        if self.widened:
            told += (
                f"; rates were spread out {self.spread_factor:.2f} times since, and "
            )
            told += (
                f"so held {self.held_since:.0%} in years that did not choose the factor"
                if self._judged
                else "no other year tells what they hold now"
            )
        if self.narrow:
            told += ": they are narrower than they say," if self._judged else ":"
            told += " price with room to spare"
        return told

    def words_zh(self) -> str:
        """The same in Chinese."""
        told = (
            f"单笔债权80%区间覆盖了{self.held:.0%}的实际结果"
            f"（{'至'.join(map(str, self._years))}年样本外检验，{self.claims:,}笔债权）"
        )
        if self.widened:
            told += f"；此后离散程度放宽为{self.spread_factor:.2f}倍，"
            told += (
                f"在未参与确定该倍数的年份覆盖{self.held_since:.0%}"
                if self._judged
                else "没有其他年份可检验放宽后的覆盖率"
            )
        if self.narrow:
            told += "：区间比所称的窄，" if self._judged else "："
            told += "定价请留余地"
        return told


class LatestYear(BaseModel):
    """What claims paid in the latest year over what such claims paid before.

    Attributes:
        until: Last day of the year.
        claims: Claims that were paid or awaited in it.
        ratio: Mean recovery of the year over that of the same segments and ages before.
        low: Lower end of what luck alone gives with 95%, as earlier years tell.
        high: Upper end.
        earlier_years: How many of them told it.
        departs: Whether the ratio lies beyond both, and departs from 1 by more than the
            tolerance of a back-test.
    """

    model_config = RECORDED

    until: date
    claims: int
    ratio: float
    low: float
    high: float
    earlier_years: int
    departs: bool

    def figures(self) -> dict[str, float | int | bool]:
        """Everything but the day, as a mapping."""
        return self.model_dump(exclude={"until"})

    def words(self, moved: float = 1.0) -> str:
        """The ratio in words, with what to do where it departs.

        Args:
            moved: What cash of two years multiplied the level by.
        """
        told = (
            f"the {MONTHS} months to {self.until} paid {self.ratio:.2f} of what claims "
            f"of the same segment and age paid before, measured on {self.claims:,} "
            f"claims; luck gives {self.low:.2f} to {self.high:.2f}, as the "
            f"{self.earlier_years} years before tell"
        )
        if not self.departs:
            return told
        level = (
            "which rests on older claims, does not hold it"
            if moved == 1
            else f"moved to {moved:.2f} of what older claims paid, may not hold it all"
        )
        return (
            f"{told}: the market has moved, or claims of another kind have come, and "
            f"the level, {level}; price a scenario with recovery_factor "
            f"{self.ratio / moved:.2f}, and see the back-test"
        )

    def words_zh(self, moved: float = 1.0) -> str:
        """The same in Chinese."""
        told = (
            f"截至{self.until}的{MONTHS}个月，回款为此前同类、同账龄债权的"
            f"{self.ratio:.2f}倍（{self.claims:,}笔债权）；"
            f"此前{self.earlier_years}年的正常波动为{self.low:.2f}至{self.high:.2f}"
        )
        if not self.departs:
            return told
        level = (
            "回收水平取自较早债权，未计入该变化"
            if moved == 1
            else f"回收水平已调整为较早债权的{moved:.2f}倍，可能未计入全部变化"
        )
        return (
            f"{told}：市场已变化，或债权构成不同，{level}；请以回收倍数"
            f"（recovery_factor）{self.ratio / moved:.2f}作情景定价，并查看回测"
        )


class OutOfTime(BaseModel):
    """What is known of a model that its own training cannot tell.

    Attributes:
        ranges: What its ranges held.
        latest: What the latest year paid; None where that cannot be told.
        silences: Fields whose being left out told most of the outcome.
        pace: How soon claims paid; None where that cannot be told.
        large: What the largest claims paid; None where that cannot be told.
    """

    model_config = RECORDED

    ranges: RangesHeld
    latest: LatestYear | None = None
    # Not written where there is none, as in models of before.
    silences: tuple[Silence, ...] = Field(default=(), exclude_if=lambda s: not s)
    pace: Pace | None = Field(default=None, exclude_if=lambda p: p is None)
    large: LargeClaims | None = Field(default=None, exclude_if=lambda c: c is None)


def sentence(words: str) -> str:
    """Words of this module as a sentence of English."""
    return f"{words[0].upper()}{words[1:]}."
