"""A field whose being left out tells a model of the outcome, as its history had it."""

from pydantic import BaseModel, ConfigDict

from features import catalogue
from features.segment import SEGMENT_ZH


class Silence(BaseModel):
    """A field of a segment that claims which paid more, or less, stated more often.

    Attributes:
        segment: The segment.
        table: Table of the field.
        field: Name of the field.
        claims: Mature claims of the segment that stated it or could.
        silent_share: Share of them that left it out.
        multiple: Mean recovery of those that stated it over that of the others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    segment: str
    table: str
    field: str
    claims: int
    silent_share: float
    multiple: float

    def words(self) -> str:
        """What it may do to a price, and what to look at."""
        side = "high" if self.multiple > 1 else "low"
        name = f"{self.table}.{self.field}"
        return (
            f"claims of {self.segment} that stated {name} paid {self.multiple:.1f} "
            "times what those of the history paid that left it out "
            f"({self.silent_share:.0%} of {self.claims:,}), and the model learnt that "
            "silence tells: if it was filled in as cash came, a tape that states it of "
            f"more claims is priced too {side}; train on what was known at the cut-off "
            "dates, or without the field"
        )

    def words_zh(self) -> str:
        """The same in Chinese."""
        side = "偏高" if self.multiple > 1 else "偏低"
        name = catalogue.field(self.table, self.field).zh
        return (
            f"历史中{SEGMENT_ZH[self.segment]}填写了{name}的债权，回收为未填写者"
            f"（{self.claims:,}笔中{self.silent_share:.0%}）的{self.multiple:.1f}倍，"
            "模型将是否填写当作信号：若该字段是随回款补填的，填写更完整的资产包定价会"
            f"{side}；请以基准日已知的内容训练，或不使用该字段"
        )
