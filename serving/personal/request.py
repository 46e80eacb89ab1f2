"""Acts on personal data, as they are asked for."""

from features.checked import Checked, stated
from serving.audit.log import LONGEST_FACT
from serving.personal.viewing import MOST_CLAIMS, SHORTEST_REASON, Asked

LONGEST_SUBJECT = 100


class PersonsRequest(Checked):
    """Whose persons somebody asks to see, and why."""

    reason: str = stated(
        ...,
        f"Why; at least {SHORTEST_REASON} characters, kept in the audit log.",
        f"查看原因；至少{SHORTEST_REASON}个字符，记入审计日志。",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_FACT,
    )
    claim_id: str | None = stated(
        None,
        "One claim only, as answers name it.",
        "仅查看该笔债权（以估值结果中的编号为准）。",
        max_length=LONGEST_SUBJECT,
    )
    after: int = stated(
        -1,
        "Only what follows this place: next_after of the page before.",
        "从该位置之后开始：上一页的next_after。",
        ge=-1,
        le=2**31 - 1,
    )
    limit: int = stated(
        50, "Most claims to show.", "最多显示的债权笔数。", ge=1, le=MOST_CLAIMS
    )

    def asked(self, valuation_id: str) -> Asked:
        """The same of a valuation."""
        return Asked(valuation_id, **self.model_dump())


class DestructionRequest(Checked):
    """What personal data is to be destroyed."""

    subject: str = stated(
        ...,
        "A package with all of its valuations, one valuation or one draft, by its id.",
        "资产包（含其全部估值）、单个估值或草稿的编号。",
        min_length=1,
        max_length=LONGEST_SUBJECT,
    )
