"""What a price rests on beside the model: each default with its reason."""

from typing import Any

import numpy as np
from pydantic import Field

from features.checked import Checked, stated
from features.package import Floats


def _share(default: float, maximum: float, en: str, zh: str) -> Any:
    return stated(default, en, zh, ge=0, le=maximum)


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
    corporate_cost_rate: float = _share(
        0.15,
        0.95,
        "Disposal cost over gross cash of corporate claims: 15 per cent in rated "
        "securitisations of corporate loans.",
        "对公债权处置费用占回款比例，取自对公不良资产证券化评级报告。",
    )
    mortgage_cost_rate: float = _share(
        0.12,
        0.95,
        "Disposal cost over gross cash of mortgages: enforcement and auction, declared "
        "below the corporate rate because values are larger per case.",
        "住房按揭处置费用占回款比例，为声明的先验值，低于对公。",
    )
    personal_cost_rate: float = _share(
        0.15,
        0.95,
        "Collection cost over gross cash of unsecured personal claims: 15 per cent in "
        "rated card securitisations.",
        "个人无担保债权催收费用占回款比例，取自信用卡不良资产证券化评级报告。",
    )
    auto_cost_rate: float = _share(
        0.25,
        0.95,
        "Disposal cost over gross cash of car loans: 25 per cent in rated auto pools.",
        "汽车贷款处置费用占回款比例，取自汽车贷款不良资产证券化评级报告。",
    )
    servicing_fee_rate: float = _share(
        0.03,
        0.5,
        "Fee of the servicer over gross cash, beside disposal cost: a declared prior, "
        "to be replaced by the buyer's own contract.",
        "资产服务费占回款比例，为声明的先验值，应以自身合同为准。",
    )
    acquisition_cost_rate: float = _share(
        0.01,
        0.2,
        "Due diligence, listing fee and stamp duty over the price: a declared prior.",
        "尽调、交易服务费与印花税占价格比例，为声明的先验值。",
    )
    price_yuan: float | None = Field(
        default=None,
        gt=0,
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
        "0.05 a vintage as bad as one in twenty.",
        json_schema_extra={
            "description_zh": "压力情景所取的共同因子分位数，0.05即二十年一遇。"
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

    def cost_rates(self, segments: "np.typing.NDArray[np.str_]") -> Floats:
        """Disposal cost and servicing fee over gross cash per claim, shape (n,)."""
        personal = np.isin(segments, ["personal_business", "personal_consumer", "card"])
        cost = np.select(
            [personal, segments == "mortgage", segments == "auto"],
            [self.personal_cost_rate, self.mortgage_cost_rate, self.auto_cost_rate],
            self.corporate_cost_rate,
        )
        return cost + self.servicing_fee_rate
