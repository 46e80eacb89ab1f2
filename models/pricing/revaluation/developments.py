"""What became known of a package since its cut-off date: cash and facts, each dated."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal, Self, get_args

from pydantic import model_validator

from features.checked import Checked, stated
from models.pricing.revaluation.priors import SCORES

FactKind = Literal[
    "legal_stage", "obligor", "senior_amounts", "inspection", "auction", "closed"
]
# The order in which facts are taken in, one kind after the other.
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)
STAGE_FIELDS = (
    *("legal_stage", "filing_date", "judgment_date", "enforcement_date", "court"),
    "insolvency_status",
)
SENIOR_FIELDS = ("senior_amount", "works_arrears", "tax_owed", "max_claim", "lien_rank")
AUCTION_FIELDS = ("auction_round", "auction_start_price", "failed_auctions")
Round = Literal["first", "second", "direct_sale"]
NEXT_ROUND: dict[Round, Round] = {
    "first": "second",
    "second": "direct_sale",
    "direct_sale": "direct_sale",
}
MOST_ROWS = 200_000
LARGEST_YUAN = 1e12


def kind_of(table: str, name: str) -> FactKind:
    """The kind of fact that a field of claims or collateral is."""
    if table == "claims":
        return "legal_stage" if name in STAGE_FIELDS else "obligor"
    if name in SENIOR_FIELDS:
        return "senior_amounts"
    return "auction" if name in AUCTION_FIELDS else "inspection"


def _day(en: str, zh: str) -> Any:
    return stated(..., en, zh, strict=False)


def _id(en: str, zh: str) -> Any:
    return stated(..., en, zh, min_length=1, max_length=100)


def _fields(en: str, zh: str) -> Any:
    return stated({}, en, zh, max_length=50)


class LedgerEntry(Checked):
    """Cash that came in or was spent since the cut-off date."""

    claim_id: str = _id("The claim.", "债权编号。")
    date: dt.date = _day("Day of the cash.", "收付日期。")
    amount_yuan: float = stated(
        ..., "Amount, above zero.", "金额（元），大于零。", gt=0, le=LARGEST_YUAN
    )
    kind: Literal["recovery", "cost"] = stated(
        "recovery", "Cash recovered or a cost paid.", "回款或费用支出。"
    )
    source: (
        Literal[
            "from_collateral",
            "from_guarantor",
            "from_obligor",
            "from_transfer",
            "from_insolvency",
        ]
        | None
    ) = stated(None, "Who or what paid it.", "回款来源。")


class ClaimFact(Checked):
    """Something new about a claim."""

    claim_id: str = _id("The claim.", "债权编号。")
    date: dt.date = _day("Day since which it holds.", "该事实成立的日期。")
    closed: bool = stated(
        False,
        "Whether its work-out has ended and nothing more can come.",
        "处置是否已结案，不再有回款。",
    )
    fields: dict[str, Any] = _fields(
        "Fields of the claim as the catalogue names them, with their new values.",
        "债权字段及其新值，字段名同数据字典。",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.closed and not self.fields:
            raise ValueError("state fields or closed | 请填写fields或closed")
        return self


class CollateralFact(Checked):
    """Something new about an item of collateral."""

    collateral_id: str = _id("The item.", "押品编号。")
    claim_id: str | None = stated(
        None,
        "A claim that it secures; needed where different items share the identifier.",
        "所担保的债权编号；不同押品编号相同时必填。",
        max_length=100,
    )
    date: dt.date = _day("Day since which it holds.", "该事实成立的日期。")
    condition_score: int | None = stated(
        None,
        "Condition that an inspection found: 1 derelict, 3 ordinary, 5 as new.",
        "现场查勘评分：1为毁损，3为一般，5为全新。",
        ge=1,
        le=SCORES,
    )
    sold_for_yuan: float | None = stated(
        None,
        "Price at which it was sold.",
        "成交价（元）。",
        ge=0,
        le=LARGEST_YUAN,
    )
    failed_round: Round | None = stated(
        None, "Auction that found no bidder.", "流拍的拍卖轮次。"
    )
    fields: dict[str, Any] = _fields(
        "Fields of the item as the catalogue names them, with their new values.",
        "押品字段及其新值，字段名同数据字典。",
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        told = (self.condition_score, self.sold_for_yuan, self.failed_round)
        if not self.fields and all(x is None for x in told):
            raise ValueError(
                "state fields, condition_score, sold_for_yuan or failed_round | "
                "请填写fields、condition_score、sold_for_yuan或failed_round"
            )
        if self.sold_for_yuan is not None and self.failed_round is not None:
            raise ValueError(
                "an auction cannot both sell and fail; split the fact | "
                "同一次拍卖不能既成交又流拍；请分开填写"
            )
        return self


class Developments(Checked):
    """Cash and facts since the cut-off date."""

    cash: list[LedgerEntry] = stated(
        [], "Cash since the cut-off date.", "基准日以来的收付。", max_length=MOST_ROWS
    )
    claim_facts: list[ClaimFact] = stated(
        [], "What is new of claims.", "债权的新情况。", max_length=MOST_ROWS
    )
    collateral_facts: list[CollateralFact] = stated(
        [], "What is new of collateral.", "押品的新情况。", max_length=MOST_ROWS
    )

    def kinds(self) -> tuple[FactKind, ...]:
        """Kinds of fact that there are, in the order in which they are taken in."""
        found = set(self._kinds())
        return tuple(kind for kind in FACT_KINDS if kind in found)

    def _kinds(self) -> Iterable[FactKind]:
        for fact in self.claim_facts:
            yield from (kind_of("claims", name) for name in fact.fields)
            if fact.closed:
                yield "closed"
        for item in self.collateral_facts:
            yield from (kind_of("collateral", name) for name in item.fields)
            if item.condition_score is not None:
                yield "inspection"
            if item.sold_for_yuan is not None or item.failed_round is not None:
                yield "auction"


def together(parts: Iterable[Developments]) -> Developments:
    """Developments of one period after the other as those of all."""
    listed = list(parts)
    return Developments(
        cash=[row for part in listed for row in part.cash],
        claim_facts=[fact for part in listed for fact in part.claim_facts],
        collateral_facts=[fact for part in listed for fact in part.collateral_facts],
    )
