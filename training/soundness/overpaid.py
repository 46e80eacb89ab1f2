"""Claims that paid more than was owed on their cut-off date."""

from collections.abc import Iterator

import numpy as np

from features.console import say
from features.errors import Finding
from features.outcomes import History, recoveries
from features.package import Floats

# Share of the claims that paid which may have paid more than this multiple of all that
# was owed: interest goes on, a unit that is wrong multiplies by thousands.
LARGEST_MULTIPLE = 3.0
LARGEST_OVERPAID_SHARE = 0.1
# Share of all cash beyond which it is told what no figure counts.
LARGEST_QUIET_SHARE = 0.02


def overpaid(history: History) -> Iterator[Finding]:
    """A finding where it cannot be so; what is not counted is told."""
    cash = recoveries(history)
    multiples: Floats = np.bincount(cash.claim, cash.rate, len(history)).astype(
        np.float64
    )
    paid = multiples[multiples > 0]
    share = float((paid > LARGEST_MULTIPLE).sum() / max(len(paid), 1))
    if share > LARGEST_OVERPAID_SHARE:
        yield _in_another_unit(share, float(np.median(paid)))
    else:
        _tell_uncounted(multiples, history.package.claim_yuan())


def _in_another_unit(share: float, multiple: float) -> Finding:
    return Finding(
        "overpaid",
        f"{share:.0%} of the claims that paid brought more than "
        f"{LARGEST_MULTIPLE:g} times what was owed, the middle one {multiple:,.1f} "
        "times: state ledger and claims in the same unit, yuan",
        f"有回款的债权中{share:.0%}回款超过债权的{LARGEST_MULTIPLE:g}倍，"
        f"中位为{multiple:,.1f}倍；流水与债权请统一以元为单位",
        "ledger",
        field="amount",
        value=f"{share:.1%}",
    )


def _tell_uncounted(multiples: Floats, claim_yuan: Floats) -> None:
    """Tell of cash beyond what was owed: a claim counts as paid whole, no more."""
    paid_yuan = multiples * claim_yuan
    beyond_yuan = np.maximum(paid_yuan - claim_yuan, 0.0)
    share = beyond_yuan.sum() / max(paid_yuan.sum(), 1.0)
    if share <= LARGEST_QUIET_SHARE:
        return
    count, far = int((multiples > 1).sum()), int((multiples > LARGEST_MULTIPLE).sum())
    say(
        f"warning: {count:,} claims paid more than was owed on their cut-off date, "
        f"{far:,} of them more than {LARGEST_MULTIPLE:g} times as much; what lies "
        f"beyond, {share:.1%} of all cash, is not counted, and no claim is expected to "
        "pay more than is owed: look whether these amounts are in yuan, and where "
        "interest after the cut-off date was collected, figures are so much too low "
        f"{count:,}笔债权的回款超过基准日债权（其中{far:,}笔超过"
        f"{LARGEST_MULTIPLE:g}倍），超出部分占全部回款的{share:.1%}，未计入，"
        "预期回收亦不超过债权；请核对其金额单位，如确为基准日后的利息、罚息，"
        "则估值相应偏低"
    )
