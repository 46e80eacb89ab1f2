"""What the largest claims paid out of time, beside all others."""

from pydantic import BaseModel, ConfigDict

from models.recovery.departure import departs


class LargeClaims(BaseModel):
    """Cash over what was expected: of the largest claims, and of all others.

    Whether claims as a whole paid more or less than expected does not matter to it.

    Attributes:
        years: First and last year tested.
        claims: The largest claims tested, which hold half of what was owed.
        large_ratio: Their cash over what was expected of it.
        other_ratio: The same of all other claims.
        low: Lower end of what the first over the second may be, with 95%, luck coming
            in vintages.
        high: Upper end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    years: tuple[int, int]
    claims: int
    large_ratio: float
    other_ratio: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """What large claims paid of their expectation, over what others did."""
        return self.large_ratio / self.other_ratio

    @property
    def departs(self) -> bool:
        """Whether large claims pay less or more than the model says, beyond luck."""
        return departs(self.ratio, self.low, self.high)

    def figures(self) -> dict[str, float | int | bool]:
        """Everything but the years, as a mapping."""
        told = self.model_dump(exclude={"years"})
        return {**told, "ratio": self.ratio, "departs": self.departs}

    def words(self) -> str:
        """The ratios in words, with what to do where they depart."""
        told = (
            f"the largest {self.claims:,} claims of {' to '.join(self._years)}, half "
            f"of what was owed, paid {self.large_ratio:.2f} of what was expected of "
            f"them, all others {self.other_ratio:.2f}, measured out of time; the first "
            f"over the second is {self.low:.2f} to {self.high:.2f}, whatever luck did"
        )
        if not self.departs:
            return told
        side = "less" if self.ratio < 1 else "more"
        return (
            f"{told}: large claims pay {side} than the model says; look at the largest "
            "claims of a package one by one, and see the back-test"
        )

    def words_zh(self) -> str:
        """The same in Chinese."""
        told = (
            f"{'至'.join(self._years)}年样本外检验：占债权金额一半的{self.claims:,}笔最大债权"
            f"实际回款为预期的{self.large_ratio:.2f}倍，其余债权为{self.other_ratio:.2f}倍；"
            f"两者之比的95%区间为{self.low:.2f}至{self.high:.2f}"
        )
        if not self.departs:
            return told
        side = "低于" if self.ratio < 1 else "高于"
        return (
            f"{told}：大额债权的回款{side}模型预期；"
            "请逐笔复核资产包中的大额债权，并查看回测"
        )

    @property
    def _years(self) -> tuple[str, ...]:
        return tuple(map(str, sorted(set(self.years))))
