"""How a restructured debt is to be repaid: kinds of schedule and their grace."""

from typing import Any, Literal, Self

from pydantic import model_validator

from features.checked import Checked, stated

MOST_YUAN = 1e13
LONGEST_MONTHS = 360
LONGEST_GRACE_MONTHS = 60

Kind = Literal["equal_principal", "annuity", "bullet", "listed"]
GraceInterest = Literal["paid", "added", "waived"]


def share(default: Any, en: str, zh: str) -> Any:
    """A field that holds a share between 0 and 1."""
    return stated(default, en, zh, ge=0, le=1)


def amount(default: Any, en: str, zh: str) -> Any:
    """A field that holds an amount in yuan, not negative."""
    return stated(default, en, zh, ge=0, le=MOST_YUAN)


class ListedInstalment(Checked):
    """One instalment of a listed schedule."""

    month: int = stated(
        ...,
        "Month since the plan begins at whose end it is due.",
        "自方案生效起第几个月末到期。",
        ge=1,
        le=LONGEST_MONTHS,
    )
    principal_yuan: float = stated(
        ...,
        "Principal due; interest comes on top.",
        "应还本金（元），利息另计。",
        gt=0,
        le=MOST_YUAN,
    )


class RepaymentSchedule(Checked):
    """A repayment schedule.

    Interest is nominal: a twelfth of the yearly rate on the balance before each
    month's instalment. After a milestone, months count from it, and a
    list says in what proportion the balance is paid.
    """

    kind: Kind = stated(
        "equal_principal",
        "equal_principal: the same principal every month; annuity: the same principal "
        "and interest together; bullet: principal at the end; listed: as listed.",
        "还款方式：等额本金、等额本息、到期一次还本、按列表。",
    )
    months: int = stated(
        36,
        "Number of monthly instalments after grace; not used where they are listed. "
        "Three years unless stated.",
        "宽限期后的月还款期数，缺省三年；按列表还款时不用。",
        ge=1,
        le=LONGEST_MONTHS,
    )
    grace_months: int = stated(
        0,
        "Months before the first instalment of principal.",
        "宽限期月数，期内不还本金。",
        ge=0,
        le=LONGEST_GRACE_MONTHS,
    )
    grace_interest: GraceInterest = stated(
        "paid",
        "Interest of the months of grace: paid monthly, added to the debt, or waived.",
        "宽限期利息：按月支付、计入债务、或免除。",
    )
    interest_rate: float = share(
        0.0,
        "Nominal yearly rate on the balance, a twelfth of it each month.",
        "名义年利率，每月按十二分之一计息。",
    )
    instalments: tuple[ListedInstalment, ...] = stated(
        (),
        "The instalments where they are listed, in order of month; together they are "
        "the restructured debt.",
        "按列表还款时的各期本金，按月份排列，合计等于重组后债务。",
        max_length=LONGEST_MONTHS,
        strict=False,
    )

    @model_validator(mode="after")
    def _listed_or_not(self) -> Self:
        if (self.kind == "listed") != bool(self.instalments):
            raise ValueError(
                "instalments belong to the kind listed, and it needs them"
                " | 仅“按列表”方式填写各期还款，且必须填写"
            )
        if self.instalments and self.grace_months:
            raise ValueError(
                "a listed schedule has no grace; begin the list later"
                " | 按列表还款不设宽限期；请推迟首期月份"
            )
        months = [i.month for i in self.instalments]
        if months != sorted(set(months)):
            raise ValueError(
                "months of the instalments must ascend | 各期月份须依次递增"
            )
        return self

    @property
    def last_month(self) -> int:
        """Month of the last instalment, counted from the start of the schedule."""
        if self.instalments:
            return self.instalments[-1].month
        return self.grace_months + self.months
