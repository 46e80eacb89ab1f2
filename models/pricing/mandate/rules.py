"""The closed vocabulary of rules: what a pack may say, and nothing else.

A rule is data. Its ``kind`` names a check that the code of this room knows; its other
keys are the figures and lists of that check.
"""

from datetime import date
from functools import partial
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from features import catalogue
from features.checked import Checked, stated
from features.network import CIRCLE_LINKS, GROUP_LINKS, Link

BuyerKind = Literal["local_amc", "national_amc"]
Blocking = Literal["breach", "worsening", "never"]
Place = Literal["seller", "obligor", "collateral"]
Party = Literal["obligor", "group", "guarantor"]
Scope = Literal["all", "personal"]
Exposure = Literal["price", "claim"]

T = TypeVar("T")
Several = Annotated[tuple[T, ...], Field(strict=False)]
Day = Annotated[date, Field(strict=False)]


def _known(name: str, value: str) -> str:
    """A value of a category of the catalogue, or a refusal that lists them."""
    values = ", ".join(catalogue.field("claims", name).values)
    if value not in catalogue.field("claims", name).values:
        raise ValueError(
            f"{value} is no {name}; use one of: {values} | "
            f"{value}不是有效取值；可选：{values}"
        )
    return value


def _flag(value: str) -> str:
    fields = catalogue.kept_fields("claims")
    flags = [n for n, f in fields.items() if f.kind == "boolean"]
    if value not in flags:
        listed = ", ".join(flags)
        raise ValueError(
            f"claims have no yes-or-no field {value}; use one of: {listed} | "
            f"债权表没有是非字段{value}；可选：{listed}"
        )
    return value


Product = Annotated[str, AfterValidator(partial(_known, "product"))]
SellerType = Annotated[str, AfterValidator(partial(_known, "seller_type"))]
PackageType = Annotated[str, AfterValidator(partial(_known, "package_type"))]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=1000)]


class Dated(Checked):
    """What a rule and a pack both may say of when and for whom they hold."""

    effective_until: Day | None = stated(
        None,
        "Last day in force; for ever when absent.",
        "失效日（含），缺省为长期有效。",
    )
    transition_until: Day | None = stated(
        None, "Last day of the transition.", "过渡期最后一日（含）。"
    )


class RuleBase(Dated):
    """What every rule says."""

    id: Name = stated(..., "Name of the rule in its pack.", "规则编号。")
    title: Words = stated(..., "What it asks.", "规则内容（英文）。")
    title_zh: Words = stated(..., "The same in Chinese.", "规则内容。")
    reading: Words = stated(
        ..., "How it is read here, and why.", "本系统的理解与理由（英文）。"
    )
    reading_zh: Words = stated(..., "The same in Chinese.", "本系统的理解与理由。")
    source: Words | None = stated(
        None, "Where it stands; the pack's when absent.", "出处，缺省同规则包。"
    )
    effective_from: Day | None = stated(
        None, "First day in force; the pack's when absent.", "生效日，缺省同规则包。"
    )
    blocks: Blocking = stated(
        "breach",
        "What stops the bid: any breach, only one that the bid makes worse, or none.",
        "阻止报价的情形：凡违反、仅因本次报价而恶化、或不阻止。",
    )
    blocks_in_transition: Blocking | None = stated(
        None, "The same during the transition, if it differs.", "过渡期内的阻止情形。"
    )
    if_unknown: Literal["holds_up", "noted"] = stated(
        "holds_up",
        "Whether what cannot be judged leaves the whole verdict open.",
        "无法判断时是否使总体结论待定。",
    )
    suspended_while: Annotated[str, Field(pattern=r"^\w+\.\w+$")] | None = stated(
        None,
        "Rule, as pack.rule, in whose place this one stands when it is not in force.",
        "该规则（包.规则）生效期间，本规则不适用。",
    )


class ForbiddenFlag(RuleBase):
    """Claims of which a yes-or-no field is true must not be bought."""

    kind: Literal["forbidden_flag"]
    field: Annotated[str, AfterValidator(_flag)]


class PersonalLoan(RuleBase):
    """Claims on natural persons must not be bought."""

    kind: Literal["personal_loan"]


class ProductScope(RuleBase):
    """Of claims on natural persons only these products may be bought."""

    kind: Literal["product_scope"]
    products: Several[Product]
    unsecured_only: bool
    unsecured_by_nature: Several[Product] = ()


class SellerScope(RuleBase):
    """Only sellers of these types may sell."""

    kind: Literal["seller_scope"]
    seller_types: Several[SellerType]
    claims: Scope


class Territory(RuleBase):
    """One of these places must lie in the buyer's home province."""

    kind: Literal["territory"]
    places: Annotated[tuple[Place, ...], Field(strict=False, min_length=1)]
    exempt_package_types: Several[PackageType] = ()


class InterestedParty(RuleBase):
    """The buyer must not be close to those who owe or guarantee a claim."""

    kind: Literal["interested_party"]
    parties: Annotated[tuple[Party, ...], Field(strict=False, min_length=1)]


class Licence(RuleBase):
    """The buyer must be admitted to buy such claims."""

    kind: Literal["licence"]
    licence: Literal["pilot_licence"]
    claims: Scope


class RatioMax(RuleBase):
    """A figure of the buyer must not exceed a share."""

    kind: Literal["ratio_max"]
    figure: Literal["single_client", "single_group", "related_parties", "borrowings"]
    limit_rate: Annotated[float, Field(gt=0, le=1000)]
    exposure: Exposure = "price"
    links: Several[Link] = (*GROUP_LINKS, *CIRCLE_LINKS)


class RatioMin(RuleBase):
    """A figure of the buyer must reach a share."""

    kind: Literal["ratio_min"]
    figure: Literal["liquidity", "financial_share"]
    limit_rate: Annotated[float, Field(gt=0, le=1000)]
    years: Annotated[int, Field(ge=1, le=10)] = 3
    financial_sellers: Several[SellerType] = ()


OverDays = Annotated[
    dict[Literal["substandard", "doubtful", "loss"], Annotated[int, Field(ge=0)]],
    Field(min_length=1),
]


class OldClaims(Checked):
    """What holds of claims from before a day, as long as they are cut off in time."""

    begun_before: Day
    cut_off_until: Day
    over_days: OverDays


class ClassCheck(RuleBase):
    """A claim this long past due must not be graded better."""

    kind: Literal["class_check"]
    over_days: OverDays
    old_claims: OldClaims | None = None


class Duty(RuleBase):
    """Something to be done that no figure can show."""

    kind: Literal["duty"]
    claims: Scope = "all"


ClaimRule = (
    ForbiddenFlag
    | PersonalLoan
    | ProductScope
    | SellerScope
    | Territory
    | InterestedParty
    | Licence
    | ClassCheck
)
RatioRule = RatioMax | RatioMin
AnyRule = ClaimRule | RatioRule | Duty


class Pack(Dated):
    """Rules of one source."""

    id: Name = stated(..., "Name of the pack.", "规则包编号。")
    title: Words = stated(..., "Title.", "名称（英文）。")
    title_zh: Words = stated(..., "Title in Chinese.", "名称。")
    source: Words = stated(..., "Where the rules stand.", "出处。")
    effective_from: Day = stated(..., "First day in force.", "生效日（含）。")
    applies_to: Several[BuyerKind] = stated(
        (), "Buyers that they bind; all when empty.", "适用的买方，缺省为全部。"
    )
    rules: Annotated[
        tuple[Annotated[AnyRule, Field(discriminator="kind")], ...],
        Field(strict=False, min_length=1, max_length=100),
    ] = stated(..., "The rules.", "规则。")

    @model_validator(mode="after")
    def _rules_are_told_apart(self) -> "Pack":
        names = [rule.id for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"rules/id {', '.join(twice)} stands twice | "
                f"rules/id {', '.join(twice)}重复"
            )
        return self

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Pack":
        for dated in (self, *self.rules):
            first = dated.effective_from or self.effective_from
            for name in ("effective_until", "transition_until"):
                last = getattr(dated, name)
                if last is not None and last < first:
                    raise ValueError(
                        f"{dated.id}/{name} lies before effective_from {first} | "
                        f"{dated.id}/{name}早于生效日{first}"
                    )
        return self
