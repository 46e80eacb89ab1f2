"""What a scenario changes: a few levers that act on every claim of a package alike."""

from typing import Any, Self

from features.checked import Checked, stated


def _factor(en: str, zh: str) -> Any:
    return stated(1.0, en, zh, ge=0, le=10)


class Levers(Checked):
    """How things turn out otherwise; at rest nothing changes."""

    recovery_factor: float = _factor(
        "Factor on what every claim pays, never beyond the whole claim.",
        "全部债权回收水平的倍数，不超过债权全额。",
    )
    collateral_price_factor: float = _factor(
        "Factor on the price of all collateral; those ahead of the lender are paid "
        "in full first.",
        "全部押品变现价格的倍数，在先权利仍先行足额受偿。",
    )
    duration_factor: float = stated(
        1.0,
        "Factor on the time that all cash takes.",
        "全部回款用时的倍数。",
        ge=0.1,
        le=10,
    )
    delay_months: float = stated(
        0.0, "Months that all cash comes later.", "全部回款推迟的月数。", ge=0, le=120
    )
    cost_factor: float = _factor("Factor on every cost.", "全部费用的倍数。")
    return_change_rate: float = stated(
        0.0,
        "What is added to the target return.",
        "目标收益率的增减。",
        ge=-0.5,
        le=1,
    )
    factor_level: float | None = stated(
        None,
        "Quantile at which the common factors stand: 0.05 is a year as bad as one in "
        "twenty. Expected cash when absent.",
        "共同因子所处的分位数，0.05为二十年一遇；缺省为预期值。",
        gt=0,
        lt=1,
    )

    def combined(self, other: Self) -> Self:
        """Both at once: factors multiply, changes add up, the worse quantile holds."""
        levels = [x.factor_level for x in (self, other) if x.factor_level is not None]
        return self.of(
            {
                "recovery_factor": self.recovery_factor * other.recovery_factor,
                "collateral_price_factor": self.collateral_price_factor
                * other.collateral_price_factor,
                "duration_factor": self.duration_factor * other.duration_factor,
                "delay_months": self.delay_months + other.delay_months,
                "cost_factor": self.cost_factor * other.cost_factor,
                "return_change_rate": self.return_change_rate
                + other.return_change_rate,
                "factor_level": min(levels, default=None),
            },
            "levers",
        )
