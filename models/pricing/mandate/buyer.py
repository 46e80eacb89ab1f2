"""What a buyer states of itself; whatever is left out cannot be judged."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from features import catalogue
from features.checked import Checked, stated
from models.pricing.mandate.rules import BuyerKind, Several

LARGEST_YUAN = 1e13
MOST_ENTRIES = 100_000
Identifier = Annotated[str, Field(min_length=1, max_length=100)]


def _province(value: str) -> str:
    """A province of the catalogue from any name of it that the catalogue knows."""
    field = catalogue.field("package", "seller_province")
    for name, synonyms in field.values.items():
        if value in (name, *synonyms):
            return name
    listed = ", ".join(field.values)
    listed_zh = "、".join(field.label(name, "zh") for name in field.values)
    raise ValueError(
        f"{value} is no province; use one of: {listed} | "
        f"{value}不是有效省份；可选：{listed_zh}"
    )


class Holding(Checked):
    """What the buyer holds already of one client or group."""

    obligor_id: Identifier | None = stated(
        None, "Client, under the identifier of the tape.", "客户编号，与资产包一致。"
    )
    group_id: Identifier | None = stated(
        None, "Its group, under the identifier of the tape.", "所属集团编号。"
    )
    exposure_yuan: float = stated(
        ...,
        "Balance of what is invested in it.",
        "投融资余额。",
        ge=0,
        le=LARGEST_YUAN,
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> "Holding":
        if self.obligor_id is None and self.group_id is None:
            raise ValueError(
                "a holding needs obligor_id or group_id; state one | "
                "需填写obligor_id或group_id之一"
            )
        return self


class YearInvested(Checked):
    """What the buyer newly invested in a calendar year, this bid left out."""

    year: int = stated(..., "Calendar year.", "年份。", ge=2000, le=2199)
    new_investment_yuan: float = stated(
        ..., "All new investment.", "新增投资额。", ge=0, le=LARGEST_YUAN
    )
    financial_npl_yuan: float = stated(
        ...,
        "Of this, purchases of non-performing assets of financial institutions.",
        "其中收购金融不良资产的金额。",
        ge=0,
        le=LARGEST_YUAN,
    )

    @model_validator(mode="after")
    def _part_of_the_whole(self) -> "YearInvested":
        if self.financial_npl_yuan > self.new_investment_yuan:
            raise ValueError(
                "financial NPL is above new investment, of which it is a part; "
                "correct either | 收购金融不良是新增投资的一部分，不得大于后者；"
                "请更正其一"
            )
        return self


class Buyer(Checked):
    """The buyer: what of it is left out cannot be judged, and never passes."""

    kind: BuyerKind = stated(..., "Kind of asset manager.", "买方类型。")
    home_province: Annotated[str, AfterValidator(_province)] | None = stated(
        None, "Province of business, such as zhejiang or 浙江.", "经营所在省。"
    )
    net_assets_yuan: float | None = stated(
        None,
        "Net assets at the end of the last quarter.",
        "上季末净资产。",
        gt=0,
        le=LARGEST_YUAN,
    )
    borrowings_yuan: float | None = stated(
        None, "Balance of borrowings.", "融入资金余额。", ge=0, le=LARGEST_YUAN
    )
    quality_liquid_assets_yuan: float | None = stated(
        None, "Quality liquid assets.", "优质流动资产。", ge=0, le=LARGEST_YUAN
    )
    net_outflow_30d_yuan: float | None = stated(
        None,
        "Net cash outflow of the next 30 days without this bid.",
        "未来30天净资金流出（不含本次报价）。",
        ge=0,
        le=LARGEST_YUAN,
    )
    years: Annotated[Several[YearInvested], Field(max_length=50)] | None = stated(
        None,
        "New investment by year: that of the bid so far and the two before.",
        "分年度新增投资（报价当年至今及之前两年）。",
    )
    holdings: Annotated[Several[Holding], Field(max_length=MOST_ENTRIES)] | None = (
        stated(
            None,
            "What is held already, by client or group; an empty list for nothing.",
            "已有投融资余额（按客户或集团；没有则提交空列表）。",
        )
    )
    related_party_ids: (
        Annotated[Several[Identifier], Field(max_length=MOST_ENTRIES)] | None
    ) = stated(
        None,
        "Related parties under the identifiers of the tape; an empty list for none.",
        "关联方编号（与资产包一致；没有则提交空列表）。",
    )
    related_exposure_yuan: float | None = stated(
        None,
        "Balance of claims on all related parties.",
        "对全部关联方的债权余额。",
        ge=0,
        le=LARGEST_YUAN,
    )
    pilot_licence: bool | None = stated(
        None,
        "Whether it is admitted to buy personal loans under the pilot.",
        "是否为个人不良贷款批量转让试点受让机构。",
    )

    @model_validator(mode="after")
    def _years_are_told_apart(self) -> "Buyer":
        years = [y.year for y in self.years or ()]
        if len(set(years)) < len(years):
            raise ValueError("years names a year twice | years中年份重复")
        return self
