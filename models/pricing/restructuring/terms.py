"""The terms of a restructuring, as somebody proposes them."""

from typing import Literal, Self

from pydantic import model_validator

from features.checked import Checked, stated
from models.pricing.restructuring.priors import priors
from models.pricing.restructuring.schedule_terms import (
    LONGEST_MONTHS,
    MOST_YUAN,
    RepaymentSchedule,
    amount,
    share,
)

MOST_MILESTONES = 24
MOST_PHASES = 24
LONGEST_LAG_MONTHS = 120


class EquitySwap(Checked):
    """Part of the claim swapped into equity; no dividend is expected."""

    converted_rate: float = stated(
        ...,
        "Share of the claim that becomes equity; it is no longer owed.",
        "转为股权的债权比例，不再计入债务。",
        gt=0,
        le=1,
    )
    value_yuan: float = amount(
        ...,
        "Expected proceeds at the exit if the plan has held until then.",
        "方案未违约时退出日的预期股权变现金额（元）。",
    )
    exit_month: int = stated(
        ...,
        "Month of the exit. A re-default before it leaves nothing.",
        "退出月份；此前再违约则股权归零。",
        ge=1,
        le=LONGEST_MONTHS,
    )


class NewMoney(Checked):
    """A loan to the debtor that is repaid before the old debt (共益债)."""

    amount_yuan: float = stated(
        ..., "The loan.", "新增借款金额（元）。", gt=0, le=MOST_YUAN
    )
    month: int = stated(
        0,
        "Month at whose end it is drawn; 0 when the plan begins.",
        "提款月份，0为方案生效时。",
        ge=0,
        le=120,
    )
    months: int = stated(
        12,
        "Months from drawing to its last repayment.",
        "自提款至还清的月数。",
        ge=1,
        le=120,
    )
    kind: Literal["equal_principal", "bullet"] = stated(
        "bullet",
        "Repaid at the end, or in equal parts of principal each month.",
        "到期一次还本或等额本金。",
    )
    interest_rate: float = share(
        0.0, "Nominal yearly rate, paid monthly.", "名义年利率，按月付息。"
    )
    provider: Literal["this_creditor", "other"] = stated(
        "other",
        "Who lends it: the holder of the claim or somebody else.",
        "出借方：本债权人或他人。",
    )
    ranks_before: Literal["all", "unsecured"] = stated(
        "all",
        "all: before every creditor at re-default, as secured creditors may agree; "
        "unsecured: before ordinary claims only, which is what the law gives without "
        "that (Provisions III on the Bankruptcy Law, article 2).",
        "再违约时的顺位：优先于全部债权（须有担保债权人同意），"
        "或仅优先于普通债权（破产法司法解释三第二条）。",
    )
    recovered_rate: float = share(
        0.0,
        "Share of what is outstanding of it that is found again in assets at "
        "re-default, beside the old ones; 0 where it was spent.",
        "再违约时新增借款形成资产、可额外变现的比例；已消耗则为0。",
    )
    hazard_factor: float = share(
        1.0,
        "What the monthly hazard is multiplied by once it is drawn; 1 claims no "
        "effect.",
        "提款后月再违约率的乘数；1表示不声称有改善。",
    )


class HazardPhase(Checked):
    """A hazard that holds from a month on."""

    from_month: int = stated(
        ...,
        "First month it holds in.",
        "起始月份。",
        ge=1,
        le=LONGEST_MONTHS,
    )
    monthly_rate: float = share(
        ...,
        "Chance of a re-default in each of these months.",
        "该阶段每月再违约概率。",
    )


class ReDefault(Checked):
    """How likely the plan is to fail, and what is left then."""

    monthly_rate: float | None = share(
        None,
        "Chance in each month that the plan fails; the declared prior when absent.",
        "每月再违约概率，缺省为声明的先验值。",
    )
    phases: tuple[HazardPhase, ...] = stated(
        (),
        "Other hazards from given months on, in order of month.",
        "分阶段的再违约概率，按月份排列。",
        max_length=MOST_PHASES,
        strict=False,
    )
    recovery_rate: float | None = share(
        None,
        "Share that still comes of what is owed beyond collateral, net of cost; the "
        "declared prior when absent.",
        "再违约时押品以外债务的净回收比例，缺省为声明的先验值。",
    )
    lag_months: int | None = stated(
        None,
        "Months from the missed instalment until that comes; the declared prior when "
        "absent.",
        "自逾期至回款的月数，缺省为声明的先验值。",
        ge=0,
        le=LONGEST_LAG_MONTHS,
    )
    collateral_yuan: float = amount(
        0.0,
        "What collateral still pledged would bring to this creditor at re-default, "
        "net of cost and of those before it.",
        "再违约时仍抵质押的押品可为本债权人带来的净额（元）。",
    )
    claim_revives: bool = stated(
        False,
        "Whether what was written off is owed again at re-default.",
        "再违约时已减免部分是否恢复。",
    )

    @model_validator(mode="after")
    def _phases_ascend(self) -> Self:
        months = [phase.from_month for phase in self.phases]
        if months != sorted(set(months)):
            raise ValueError("months of the phases must ascend | 各阶段月份须依次递增")
        return self

    @property
    def hazard_rate(self) -> float:
        """Hazard before the first phase, per month."""
        stated_rate = self.monthly_rate
        return priors().monthly_hazard_rate if stated_rate is None else stated_rate

    @property
    def recovered_rate(self) -> float:
        """Share that still comes of what collateral does not pay."""
        stated_rate = self.recovery_rate
        return priors().recovery_rate if stated_rate is None else stated_rate

    @property
    def lag(self) -> int:
        """Months from the missed instalment to the recovery."""
        stated_lag = self.lag_months
        return priors().recovery_lag_months if stated_lag is None else stated_lag

    @property
    def hazard_is_prior(self) -> bool:
        """Whether any month rests on the declared hazard."""
        covered = bool(self.phases) and self.phases[0].from_month == 1
        return self.monthly_rate is None and not covered

    @property
    def declared(self) -> tuple[str, ...]:
        """Names of the fields that rest on a declared prior."""
        kept = {
            "monthly_rate": self.hazard_is_prior,
            "recovery_rate": self.recovery_rate is None,
            "lag_months": self.lag_months is None,
        }
        return tuple(name for name, prior in kept.items() if prior)


class MilestoneChange(Checked):
    """What a milestone changes at the end of its month."""

    schedule: RepaymentSchedule | None = stated(
        None,
        "How the balance is repaid from then on; months count from the milestone. As "
        "before when absent.",
        "此后余额的还款方式，月份自里程碑起算；缺省不变。",
    )
    prepayment_yuan: float = amount(
        0.0,
        "Principal paid at once, at most the balance: proceeds of a sale, for example.",
        "立即偿还的本金（元），以余额为限，如资产出售款。",
    )
    revived_yuan: float = amount(
        0.0,
        "Written-off debt that is owed again, at most what was written off: a "
        "step-up or a clawback.",
        "恢复的已减免债务（元），以减免额为限。",
    )
    released_yuan: float = amount(
        0.0,
        "Collateral released: what it would have brought at re-default.",
        "解除抵质押的押品价值（元），按再违约时可变现额。",
    )
    hazard_factor: float = stated(
        1.0,
        "What the monthly hazard is multiplied by from then on.",
        "此后月再违约率的乘数。",
        ge=0,
        le=10,
    )


class MilestoneCondition(Checked):
    """The earlier outcome on which a milestone is asked at all."""

    milestone: str = stated(
        ..., "Name of an earlier milestone.", "前置里程碑名称。", max_length=60
    )
    met: bool = stated(
        ..., "Whether it must have been met or missed.", "前置里程碑须达成或未达成。"
    )


class Milestone(Checked):
    """A condition decided at the end of a month, with a chance, and what follows."""

    name: str = stated(..., "Its name.", "里程碑名称。", min_length=1, max_length=60)
    month: int = stated(
        ...,
        "Month at whose end it is decided.",
        "判定月份（月末）。",
        ge=1,
        le=LONGEST_MONTHS,
    )
    probability: float = share(
        ...,
        "Chance that it is met if the plan has held until then.",
        "方案未违约前提下达成的概率。",
    )
    met: MilestoneChange = stated(
        MilestoneChange(), "What follows if it is met.", "达成时的变化。"
    )
    missed: MilestoneChange = stated(
        MilestoneChange(), "What follows if not.", "未达成时的变化。"
    )
    after: MilestoneCondition | None = stated(
        None,
        "Asked only where an earlier one had this outcome; always when absent.",
        "仅在前置里程碑出现该结果时适用；缺省总适用。",
    )


class RestructuringTerms(Checked):
    """A proposal to restructure one claim.

    Months count from the day the plan begins, which is the cut-off date of the
    valuation; payments come at the end of a month.
    """

    name: str = stated(
        ..., "Name of the proposal.", "方案名称。", min_length=1, max_length=60
    )
    haircut_rate: float = share(
        0.0, "Share of the claim that is written off.", "减免的债权比例。"
    )
    schedule: RepaymentSchedule = stated(
        RepaymentSchedule(), "How the rest is repaid.", "其余债务的还款安排。"
    )
    equity: EquitySwap | None = stated(None, "Debt-to-equity swap.", "债转股。")
    new_money: NewMoney | None = stated(
        None, "New money with super-priority.", "具有优先顺位的新增借款（共益债）。"
    )
    milestones: tuple[Milestone, ...] = stated(
        (),
        "Conditions that change the plan, in order of month.",
        "改变方案的里程碑条件，按月份排列。",
        max_length=MOST_MILESTONES,
        strict=False,
    )
    re_default: ReDefault = stated(
        ReDefault(), "What happens if the plan fails.", "再违约假设。"
    )

    @model_validator(mode="after")
    def _within_the_claim(self) -> Self:
        if self.haircut_rate + self.converted_rate > 1:
            raise ValueError(
                "haircut_rate and converted_rate together exceed the claim; lower one"
                " | 减免与转股比例合计超过债权；请调低"
            )
        return self

    @model_validator(mode="after")
    def _milestones_in_order(self) -> Self:
        months = [m.month for m in self.milestones]
        names = [m.name for m in self.milestones]
        if months != sorted(months) or len(set(names)) < len(names):
            raise ValueError(
                "milestones must stand in order of month, each with its own name"
                " | 里程碑须按月份排列且名称不重复"
            )
        for number, milestone in enumerate(self.milestones):
            if milestone.after and milestone.after.milestone not in names[:number]:
                raise ValueError(
                    f"{milestone.name} comes after a milestone that is not before it"
                    f" | 里程碑{milestone.name}的前置里程碑不在其前"
                )
        return self

    @property
    def converted_rate(self) -> float:
        """Share of the claim that becomes equity."""
        return self.equity.converted_rate if self.equity else 0.0
