"""The other creditors of the debtor, and what liquidation leaves each of them."""

from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from features.checked import Checked, stated
from models.pricing.restructuring.liquidation_value import LiquidationValue
from models.pricing.restructuring.schedule_terms import MOST_YUAN, amount, share

MOST_CREDITORS = 100
LOWEST_RANK = 20
# Parties that an answer names itself.
RESERVED_NAMES = ("this_creditor", "new_money", "equity")


class OtherCreditor(Checked):
    """Another creditor of the same debtor."""

    name: str = stated(..., "Its name.", "债权人名称。", min_length=1, max_length=60)
    rank: int = stated(
        ...,
        "Rank in which it is paid; 1 is first.",
        "清偿顺位，1为最先。",
        ge=1,
        le=LOWEST_RANK,
    )
    amount_yuan: float = stated(
        ..., "What it is owed now.", "当前债权金额（元）。", gt=0, le=MOST_YUAN
    )
    haircut_rate: float | None = share(
        None,
        "Its own haircut; that of the proposal when absent.",
        "其减免比例，缺省同方案。",
    )
    restructuring_value_yuan: float | None = amount(
        None,
        "Present value of what it gets under the plan, where it is paid by other "
        "terms; in proportion to this creditor when absent. It then has no part in "
        "what a re-default leaves.",
        "其在方案下受偿的现值（元），适用于另有安排者；缺省按本债权人比例推算。",
    )


class CapitalStructure(Checked):
    """The debtor's creditors and what there is to share."""

    claim_rank: int = stated(
        2,
        "Rank of this claim among the creditors.",
        "本债权的清偿顺位。",
        ge=1,
        le=LOWEST_RANK,
    )
    creditors: tuple[OtherCreditor, ...] = stated(
        (),
        "The other creditors.",
        "其他债权人。",
        max_length=MOST_CREDITORS,
        strict=False,
    )
    estate_yuan: float | None = amount(
        None,
        "What liquidation brings in all, net of its cost; told from what this "
        "creditor gets when absent.",
        "清算可供分配净额（元），缺省由本债权人的清算所得反推。",
    )
    going_concern_yuan: float | None = amount(
        None,
        "What the debtor's business is worth today if the plan goes ahead, new money "
        "included; without it nobody can say what the owners gain.",
        "方案实施后企业的现值（元），含新增借款；缺省则无法说明股东损益。",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [c.name for c in self.creditors] + list(RESERVED_NAMES)
        if len(set(names)) < len(names):
            raise ValueError(
                "every creditor needs a name of its own, none of "
                f"{', '.join(RESERVED_NAMES)}"
                f" | 债权人名称不得重复，且不得为{'、'.join(RESERVED_NAMES)}"
            )
        return self

    def estate(self, claim_yuan: float, liquidation: LiquidationValue) -> "Estate":
        """What liquidation pays the others.

        Args:
            claim_yuan: What this creditor is owed.
            liquidation: What liquidation brings it.
        """
        if self.estate_yuan is not None:
            return self._shared_out(claim_yuan, self.estate_yuan, liquidation)
        rate = liquidation.cash_yuan / claim_yuan
        if not 0 < rate < 1:
            return Estate((None,) * len(self.creditors), None)
        return Estate(
            tuple(
                self._inferred_rate(c.rank, rate)
                * c.amount_yuan
                * liquidation.mean_factor
                for c in self.creditors
            ),
            0.0,
        )

    def _inferred_rate(self, rank: int, own_rate: float) -> float:
        if rank == self.claim_rank:
            return own_rate
        return 1.0 if rank < self.claim_rank else 0.0

    def _shared_out(
        self, claim_yuan: float, estate_yuan: float, liquidation: LiquidationValue
    ) -> "Estate":
        owed = [(c.rank, c.amount_yuan) for c in self.creditors]
        owed.append((self.claim_rank, claim_yuan))
        rates, left = {}, estate_yuan
        for rank in sorted({rank for rank, _ in owed}):
            total = sum(amount for r, amount in owed if r == rank)
            rates[rank] = min(1.0, left / total)
            left -= rates[rank] * total
        factor = liquidation.mean_factor
        paid = (rates[c.rank] * c.amount_yuan * factor for c in self.creditors)
        return Estate(tuple(paid), left * factor)


@dataclass(frozen=True)
class Estate:
    """What liquidation pays, present values in yuan.

    Attributes:
        paid_yuan: To each other creditor; None where that cannot be told, for this
            creditor gets nothing or everything.
        left_yuan: To the owners.
    """

    paid_yuan: tuple[float | None, ...]
    left_yuan: float | None
