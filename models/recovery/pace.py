"""How soon claims paid what they paid, out of time, beside what was expected."""

from pydantic import BaseModel, ConfigDict

from models.recovery.departure import departs


class Pace(BaseModel):
    """Share of all cash that came within a year of the cut-off, beside that expected.

    Whether claims paid more or less than expected does not matter to it.

    Attributes:
        years: First and last year tested.
        claims: Claims tested.
        expected_share: Share of the horizon's cash that was expected of the first year.
        realised_share: Share that came in it.
        low: Lower end of what realised over expected may be, with 95%, luck coming in
            vintages.
        high: Upper end.
        life_factor: Mean time to cash, realised over expected.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    years: tuple[int, int]
    claims: int
    expected_share: float
    realised_share: float
    low: float
    high: float
    life_factor: float

    @property
    def ratio(self) -> float:
        """Realised over expected share."""
        return self.realised_share / self.expected_share

    @property
    def departs(self) -> bool:
        """Whether cash came later or sooner than the curve says, beyond luck."""
        return departs(self.ratio, self.low, self.high)

    def figures(self) -> dict[str, float | int | bool]:
        """Everything but the years, as a mapping."""
        told = self.model_dump(exclude={"years"})
        return {**told, "ratio": self.ratio, "departs": self.departs}

    def words(self) -> str:
        """The shares in words, with what to do where they depart."""
        told = (
            f"of all that claims of {' to '.join(self._years)} paid, "
            f"{self.realised_share:.0%} came within a year, where "
            f"{self.expected_share:.0%} was expected, measured out of time on "
            f"{self.claims:,} claims; the ratio is {self.low:.2f} to {self.high:.2f}, "
            "whatever luck did"
        )
        if not self.departs:
            return told
        side = "later" if self.ratio < 1 else "sooner"
        return (
            f"{told}: cash comes {side} than the curve says, whatever its level; price "
            f"a scenario with duration_factor {self.life_factor:.2f}, and see the "
            "back-test"
        )

    def words_zh(self) -> str:
        """The same in Chinese."""
        told = (
            f"{'至'.join(self._years)}年债权的全部回款中，一年内到账{self.realised_share:.0%}，"
            f"预期为{self.expected_share:.0%}（{self.claims:,}笔债权，样本外检验）；"
            f"两者之比的95%区间为{self.low:.2f}至{self.high:.2f}"
        )
        if not self.departs:
            return told
        side = "晚" if self.ratio < 1 else "早"
        return (
            f"{told}：无论回收水平如何，回款均{side}于回款曲线；请以用时倍数"
            f"（duration_factor）{self.life_factor:.2f}作情景定价，并查看回测"
        )

    @property
    def _years(self) -> tuple[str, ...]:
        return tuple(map(str, sorted(set(self.years))))
