"""What a price rests on beside the model: each default with its reason."""

from typing import Any, Self

import numpy as np
from pydantic import Field, model_validator

from features.checked import Checked, stated
from features.package import Floats
from features.segment import SEGMENTS, segment_places

PAID_TOLERANCE = 1e-9
# A price is at least a fen: below it returns leave the range of numbers.
LEAST_PRICE_YUAN = 0.01
# The assumption that states the fee of agents for claims of each segment that is not
# corporate.
_AGENCY_RATES = {
    "personal_business": "personal_agency_rate",
    "personal_consumer": "personal_agency_rate",
    "card": "personal_agency_rate",
    "mortgage": "mortgage_agency_rate",
    "auto": "auto_agency_rate",
}


def _share(default: float, maximum: float, en: str, zh: str) -> Any:
    return stated(default, en, zh, ge=0, le=maximum)


class Payment(Checked):
    """A part of the price and when it is paid."""

    month: int = stated(
        ..., "Months since the cut-off date.", "距基准日的月数。", ge=0, le=240
    )
    share_rate: float = stated(..., "Share of the price.", "占价格的比例。", gt=0, le=1)


class Assumptions(Checked):
    """Assumptions of a valuation; every one can be overridden per request.

    Rates are shares (0.15 is 15%), returns are effective per year.
    """

    target_return_rate: float = _share(
        0.15,
        1.0,
        "Yearly return asked of the purchase. Local asset managers fund at 5 to 8 per "
        "cent; 15 per cent leaves the margin usual for unlevered corporate packages.",
        "目标年化收益率。地方资产管理公司融资成本约5%至8%，15%为不加杠杆对公资产包的常用要求。",
    )
    horizon_months: int = Field(
        default=60,
        ge=1,
        le=60,
        description="Months of cash counted. Rating agencies forecast Chinese "
        "mortgage and corporate pools over 60 months.",
        json_schema_extra={
            "description_zh": "计入现金流的月数，评级机构按60个月预测。"
        },
    )
    start_delay_months: int = Field(
        default=0,
        ge=0,
        le=36,
        description="Months that all cash comes later than in the disposal history. A "
        "curve is learnt from the cut-off date on, so the usual hand-over is in it: "
        "raise this where the transfer takes longer.",
        json_schema_extra={
            "description_zh": "全部回款较历史推迟的月数。回收曲线自基准日起算，"
            "已含通常的移交时间；转让更慢时再调高。"
        },
    )
    corporate_agency_rate: float = _share(
        0.11,
        0.95,
        "Fee of lawyers and agents over gross cash of corporate claims: with court "
        "fees and expenses it comes to the 15 per cent of rated securitisations.",
        "对公债权代理与委外费占回款比例；连同诉讼费用约合评级报告的15%。",
    )
    mortgage_agency_rate: float = _share(
        0.09,
        0.95,
        "The same of mortgages: declared below the corporate rate because values are "
        "larger per case.",
        "住房按揭代理与委外费占回款比例，为声明的先验值，低于对公。",
    )
    personal_agency_rate: float = _share(
        0.115,
        0.95,
        "The same of unsecured personal claims, mostly collection agents: with "
        "expenses it comes to the 15 per cent of rated card securitisations.",
        "个人无担保债权代理与委外费占回款比例；连同其他费用约合评级报告的15%。",
    )
    auto_agency_rate: float = _share(
        0.20,
        0.95,
        "The same of car loans, recovery of the car included: with sale costs it "
        "comes to the 25 per cent of rated auto pools.",
        "汽车贷款代理与委外费占回款比例，含收车费用；连同其他费用约合评级报告的25%。",
    )
    servicing_fee_rate: float = _share(
        0.03,
        0.5,
        "Fee of the servicer over gross cash, beside disposal cost: a declared prior, "
        "to be replaced by the buyer's own contract.",
        "资产服务费占回款比例，为声明的先验值，应以自身合同为准。",
    )
    suit_rate: float = _share(
        0.75,
        1.0,
        "Chance that a claim not sued yet has to be: the rest talks first. A declared "
        "prior.",
        "尚未起诉的债权需要起诉的概率，其余协商解决，为声明的先验值。",
    )
    suit_least_yuan: float = stated(
        60_000.0,
        "Claims up to this amount are not sued for: a suit would cost more than it "
        "brings. A declared prior.",
        "不超过该金额的债权不起诉，为声明的先验值。",
        ge=0,
        le=1e12,
    )
    enforced_rate: float = _share(
        0.5,
        1.0,
        "Share of the cash of obligors and guarantors that the court brings and "
        "charges its enforcement fee on; all for which collateral has to be sold is. "
        "A declared prior.",
        "债务人与保证人回款中经法院执行、须缴执行费的比例；押品回款全部计入。"
        "为声明的先验值。",
    )
    enforcement_fee_borne_rate: float = _share(
        0.5,
        1.0,
        "Share of the enforcement fee that the buyer ends up with: the obligor owes "
        "it and cannot always pay. A declared prior.",
        "执行费最终由买方负担的比例，为声明的先验值。",
    )
    out_of_pocket_rate: float = _share(
        0.003,
        0.1,
        "Searches, travel and copies over the claim, spent at the start: a declared "
        "prior.",
        "调查、差旅等垫付费用占债权比例，于起始时支出，为声明的先验值。",
    )
    out_of_pocket_cap_yuan: float = stated(
        20_000.0,
        "Most of these per claim: they do not grow with it for ever.",
        "单笔债权垫付费用上限。",
        ge=0,
        le=1e9,
    )
    sale_cost_rate: float = _share(
        0.025,
        0.5,
        "Platform, inspection and clearance over the cash for which collateral has "
        "to be sold, that is what it adds to the claim's: a declared prior.",
        "平台、勘验、清场费用占须变现押品之回款（即押品带来的回款增量）的比例，"
        "为声明的先验值。",
    )
    sale_tax_rate: float = _share(
        0.0,
        0.5,
        "Taxes of sales over the same cash. Nothing by default: "
        "courts pay a seller's taxes before the creditor, and histories hold what "
        "reached the creditor. Raise it where your ledger books taxes as yours.",
        "押品处置税费占同一回款的比例。默认为零：法院先行扣税，历史回款为税后到账金额；"
        "如自身台账另计税费则应调高。",
    )
    guarantor_share_rate: float = _share(
        0.25,
        1.0,
        "Share of the cash beside collateral that guarantors bring where a guarantee "
        "lives: only a label of where cash comes from. A declared prior.",
        "保证有效时，押品以外回款中来自保证人的比例，仅用于来源划分，为声明的先验值。",
    )
    acquisition_cost_rate: float = _share(
        0.01,
        0.2,
        "Due diligence, listing fee and stamp duty over the price: a declared prior.",
        "尽调、交易服务费与印花税占价格比例，为声明的先验值。",
    )
    payments: list[Payment] = stated(
        [],
        "How the price is paid: shares of it with their months since cut-off. All at "
        "the cut-off date when empty; one payment in month 3 is a closing then.",
        "付款安排：各期占价格的比例及距基准日的月数；为空则于基准日一次付清。",
        max_length=120,
    )
    funding_rate: float = _share(
        0.06,
        1.0,
        "Yearly rate at which later payments of the price are discounted: what the "
        "buyer would pay for the money. Local asset managers fund at 5 to 8 per cent.",
        "后续付款折现的年利率，即买方融资成本，地方资产管理公司约5%至8%。",
    )
    price_yuan: float | None = Field(
        default=None,
        ge=LEAST_PRICE_YUAN,
        le=1e13,
        description="Price at which return, multiple and payback are shown; the "
        "maximum bid when absent.",
        json_schema_extra={
            "description_zh": "用于计算收益率、倍数与回收期的价格，缺省为最高报价。"
        },
    )
    factor_correlation: float | None = Field(
        default=None,
        ge=0,
        le=0.9,
        description="Correlation of any two claims of the package through one common "
        "factor, in place of the model's factors; the model's when absent.",
        json_schema_extra={
            "description_zh": "资产包内任意两笔债权经单一共同因子的相关系数，"
            "代替模型的各因子；缺省用模型估计值。"
        },
    )
    downturn_level: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Quantile of the common factors that the downturn stands for: at "
        "5% a vintage as bad as one in twenty.",
        json_schema_extra={
            "description_zh": "压力情景所取的共同因子分位数，5%即二十年一遇。"
        },
    )
    simulations: int = Field(
        default=10_000,
        ge=100,
        le=200_000,
        description="Scenarios of the package simulation: at 10,000 the 5th percentile "
        "moves by less than half a per cent between seeds.",
        json_schema_extra={"description_zh": "资产包模拟的情景数。"},
    )
    seed: int = Field(
        default=20_250_630,
        ge=0,
        le=2**32 - 1,
        description="Seed of the simulation, so that the same package gives the same "
        "figures.",
        json_schema_extra={"description_zh": "模拟的随机种子，保证结果可重现。"},
    )

    @model_validator(mode="after")
    def _whole_price_is_paid(self) -> Self:
        paid = sum(p.share_rate for p in self.payments)
        if self.payments and abs(paid - 1.0) > PAID_TOLERANCE:
            raise ValueError(
                f"the payments add up to {paid:.10g} of the price "
                f"({100 * paid:.10g}%); make it 1 (100%) | "
                f"各期付款合计为价格的{paid:.10g}倍（{100 * paid:.10g}%），"
                "应为1（100%）"
            )
        return self

    def agency_rates(self, segments: "np.typing.NDArray[np.str_]") -> Floats:
        """Fee of lawyers and agents over gross cash per claim, shape (n,)."""
        usual = "corporate_agency_rate"
        names = [*(_AGENCY_RATES.get(segment, usual) for segment in SEGMENTS), usual]
        rates: Floats = np.array([getattr(self, name) for name in names])
        return rates[segment_places(segments)]


# What a price rests on where nothing is stated.
DEFAULTS = Assumptions()
