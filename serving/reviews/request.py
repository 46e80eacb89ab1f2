"""A step in a review, as it is asked for."""

import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import field_validator

from features.checked import Checked, stated
from features.errors import AssumptionError, Finding
from features.findings import shortened
from features.personal.recognition import masked
from features.reading.values.text import RefusedError, parse_amount
from models.pricing.fen import FEN_PER_YUAN, whole_fen
from serving.reviews.persons import is_legible

Kind = Literal["reviewed", "approved", "returned", "override", "override_withdrawn"]
LONGEST_REASON, LONGEST_CLAIM_ID = 1000, 100
# What each kind says beside who takes the step.
_SAYS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "reviewed": (),
        "approved": (),
        "returned": ("reason",),
        "override": ("reason", "claim_id", "present_value_yuan"),
        "override_withdrawn": ("reason", "claim_id"),
    }
)
_OF_CLAIMS = ("claim_id", "present_value_yuan")


class ReviewRequest(Checked):
    """A step in the review of a valuation: a judgement of it, or a claim's value."""

    kind: Kind = stated(
        ...,
        "The step: judge the valuation, or override the value of a claim.",
        "操作：复核、批准、退回，或人工修正某笔债权的估值及撤销修正。",
    )
    reason: str = stated(
        "",
        "Why; needed to return a valuation and for an override.",
        "理由；退回、修正和撤销修正时必填。",
        max_length=LONGEST_REASON,
    )
    claim_id: str | None = stated(
        None,
        "The claim of an override.",
        "被修正的债权编号。",
        max_length=LONGEST_CLAIM_ID,
    )
    present_value_yuan: float | None = stated(
        None,
        "Present value of the claim in yuan, from 0 to the whole claim.",
        "该笔债权的净现值（元），介于0与债权金额之间。",
        ge=0,
        le=1e13,
    )
    events_seen: int | None = stated(
        None,
        "Steps that the person had seen; the step is refused where there are more.",
        "签署人已看到的操作数；其后若有新操作，则拒绝本次操作。",
        ge=0,
    )

    @field_validator("reason")
    @classmethod
    def _written(cls, reason: str) -> str:
        if not is_legible(reason, also="\n\r\t"):
            raise ValueError(
                "must hold no invisible characters; type it anew "
                "| 不得含有不可见字符；请重新输入"
            )
        return masked(reason.strip())

    @field_validator("present_value_yuan")
    @classmethod
    def _of_whole_fen(cls, yuan: float | None) -> float | None:
        if yuan is not None and yuan != whole_fen(yuan) / FEN_PER_YUAN:
            raise ValueError(
                "must be whole fen; write at most two decimals "
                "| 须精确到分；最多两位小数"
            )
        return yuan

    @classmethod
    def of(cls, given: Mapping[str, Any] | None = None, table: str = "") -> Self:
        """The step that was stated.

        Raises:
            AssumptionError: A field is unknown, missing, of a wrong type or out of
                bounds, or not one of its kind; one finding for each.
        """
        request = super().of(given, table)
        if findings := list(_misfits(request)):
            raise AssumptionError(findings[0].sentence(), findings)
        return request

    @property
    def present_value_fen(self) -> int | None:
        """The stated value in whole fen."""
        yuan = self.present_value_yuan
        return None if yuan is None else whole_fen(yuan)


def read_yuan(text: str, size: float) -> float:
    """An amount as a person types it, such as 1,234.56 or 120万元, in yuan.

    Args:
        text: What was typed; a unit that it names wins.
        size: Yuan of the unit that its form stands in.

    Raises:
        AssumptionError: It is none.
    """
    try:
        return parse_amount(unicodedata.normalize("NFKC", text).strip(), size)
    except RefusedError:
        wrong = _finding(
            "present_value_yuan",
            text,
            "is not an amount; write it as 1234.56 or 120万元",
            "不是金额；请填写为 1234.56 或 120万元",
        )
        raise AssumptionError(wrong.sentence(), [wrong]) from None


def _misfits(request: ReviewRequest) -> Iterator[Finding]:
    """Fields that the kind needs and does not have, or has and does not take."""
    for field in ("reason", *_OF_CLAIMS):
        value = getattr(request, field)
        needed = field in _SAYS[request.kind]
        if needed and value in (None, ""):
            yield _finding(field, None, "is needed; state it", "必填；请补充")
        if not needed and field in _OF_CLAIMS and value is not None:
            english, chinese = f"{request.kind} takes none; remove it", "不适用；请删除"
            yield _finding(field, value, english, chinese)


def _finding(field: str, value: object, english: str, chinese: str) -> Finding:
    shown = None if value is None else shortened(value)
    return Finding("request", english, chinese, table="", field=field, value=shown)
