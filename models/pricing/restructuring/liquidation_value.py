"""What not restructuring brings: cash by month, from whichever source."""

from dataclasses import dataclass

from features.package import Floats


@dataclass(frozen=True)
class LiquidationValue:
    """What a claim brings if it is not restructured.

    Attributes:
        cash_yuan: Cash in all, net of cost.
        present_value_yuan: The same in money of today.
    """

    cash_yuan: float
    present_value_yuan: float

    @classmethod
    def of(
        cls, amounts_yuan: Floats, months: Floats, yearly_rate: float
    ) -> "LiquidationValue":
        """Worth of net cash at the end of given months, shape (payments,) each.

        Args:
            amounts_yuan: Net cash.
            months: Month of each since the cut-off date.
            yearly_rate: Effective yearly rate.
        """
        worth = amounts_yuan * (1.0 + yearly_rate) ** (-months / 12)
        return cls(float(amounts_yuan.sum()), float(worth.sum()))

    @property
    def mean_factor(self) -> float:
        """Worth today of a yuan at the times of this cash; 1 where there is none."""
        if self.cash_yuan <= 0:
            return 1.0
        return self.present_value_yuan / self.cash_yuan
