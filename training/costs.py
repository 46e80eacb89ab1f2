"""What a history paid to recover its cash, beside what the assumptions make of it.

The cash is the history's own, so that nothing but the costs is compared: of claims
that have been watched to the horizon, by who paid and when.
"""

from dataclasses import asdict, dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from features.errors import HistoryError
from features.outcomes import History, age_months, period_of, recoveries
from features.outcomes import costs as paid_costs
from features.package import Floats
from features.segment import SEGMENTS, segments
from models.pricing.assumptions import Assumptions
from models.pricing.cost import COSTS, costs, proceedings
from models.pricing.sources import COLLATERAL, GUARANTOR, OBLIGOR, SOURCES

# Sources of a ledger as those of a price; the estate of an insolvent obligor and what
# a transferee pays stand for the obligor.
_SOURCES = MappingProxyType(
    {"from_collateral": COLLATERAL, "from_guarantor": GUARANTOR}
)


@dataclass(frozen=True)
class SegmentCosts:
    """Costs of the claims of a segment over the gross cash they brought.

    Attributes:
        segment: The segment; ``all`` for every claim.
        claims: Claims watched to the horizon.
        paid_rate: What the ledger holds.
        assumed_rate: What the assumptions make of the same cash, the servicer's fee
            left out: ledgers hold what was paid to others.
        agency_rate: The agency fee that would bring both together.
        kinds: Assumed costs by kind over gross cash.
    """

    segment: str
    claims: int
    paid_rate: float
    assumed_rate: float
    agency_rate: float
    kinds: dict[str, float]


def history_costs(
    history: History, assumptions: Assumptions, horizon_months: int
) -> list[SegmentCosts]:
    """Costs paid and assumed by segment, and of all claims together.

    A segment that brought no cash has no rates, and is left out.

    Args:
        history: With costs in its ledger.
        assumptions: What a price would rest on.
        horizon_months: Months of cash and costs that count.

    Raises:
        HistoryError: No claim was watched to the horizon, or none has a cost or
            brought cash.
    """
    known = history.take(np.flatnonzero(age_months(history) >= horizon_months))
    if not len(known) or not len(paid_costs(known).claim):
        raise HistoryError(
            f"no claim was observed for {horizon_months} months with costs in the "
            "ledger: add rows of kind 'cost', or ask for a shorter horizon",
            zh=f"没有观察满{horizon_months}个月且流水中有费用的债权：请补充 kind 为 "
            "cost 的流水，或缩短期限",
        )
    kinds = segments(known.package)
    assumed = assumptions.model_copy(
        update={"servicing_fee_rate": 0.0, "horizon_months": horizon_months}
    )
    table = _CostTable.of(known, kinds, assumed, horizon_months)
    if not table.gross.any():
        raise HistoryError(
            f"no claim that was observed for {horizon_months} months brought cash in "
            "them: costs cannot be set against it; ask for a longer horizon",
            zh=f"观察满{horizon_months}个月的债权在此期间均无回款，无法计算费用占回款的"
            "比例：请延长期限",
        )
    chosen: dict[str, npt.NDArray[np.bool_]] = {
        s: kinds == s for s in SEGMENTS if table.gross[kinds == s].any()
    }
    chosen["all"] = np.ones(len(known), np.bool_)
    return [table.of_claims(name, rows) for name, rows in chosen.items()]


@dataclass(frozen=True)
class _CostTable:
    """Yuan of each claim (n): cash, costs paid, and costs assumed by kind."""

    gross: Floats
    paid: Floats
    assumed: Floats
    agency_rate: Floats

    @classmethod
    def of(
        cls,
        history: History,
        kinds: npt.NDArray[np.str_],
        assumptions: Assumptions,
        horizon_months: int,
    ) -> "_CostTable":
        gross = _cash_by_source(history, horizon_months)
        known = proceedings(history.package, kinds, assumptions)
        assumed = [c.sum(axis=1) for _, c in costs(gross, known, assumptions)]
        paid, claim = paid_costs(history), history.package.claim_yuan()
        in_time = paid.months <= horizon_months
        spent = np.zeros(len(history))
        np.add.at(spent, paid.claim[in_time], paid.rate[in_time])
        return cls(
            gross.sum(axis=(0, 2)), spent * claim, np.stack(assumed), known.agency_rate
        )

    def of_claims(self, name: str, rows: npt.NDArray[np.bool_]) -> SegmentCosts:
        gross = float(self.gross[rows].sum())
        paid = float(self.paid[rows].sum()) / gross
        kinds = self.assumed[:, rows].sum(axis=1) / gross
        agency = float(self.agency_rate[rows] @ self.gross[rows]) / gross
        return SegmentCosts(
            name,
            int(rows.sum()),
            paid,
            float(kinds.sum()),
            agency + paid - float(kinds.sum()),
            dict(zip(COSTS, kinds.tolist(), strict=True)),
        )


def _cash_by_source(history: History, horizon_months: int) -> Floats:
    """Yuan recovered, shape (sources, n, months)."""
    cash = recoveries(history)
    recovered = history.ledger.filter(pc.equal(history.ledger["kind"], "recovery"))
    names = recovered["source"].to_pylist()
    source = np.array([_SOURCES.get(n, OBLIGOR) for n in names], np.int64)
    month = period_of(cash.months)
    chosen = month < horizon_months
    yuan = np.zeros((len(SOURCES), len(history), horizon_months))
    place = (source[chosen], cash.claim[chosen], month[chosen])
    np.add.at(yuan, place, cash.rate[chosen])
    yuan *= history.package.claim_yuan()[:, None]
    return yuan


def as_markdown(rows: list[SegmentCosts]) -> str:
    """The table, a line for each segment."""
    head = (
        "| segment | claims | paid | assumed | agency fee that would meet it |\n"
        "|---|---|---|---|---|"
    )
    lines = (
        f"| {r.segment} | {r.claims:,} | {r.paid_rate:.1%} | {r.assumed_rate:.1%} "
        f"| {r.agency_rate:.1%} |"
        for r in rows
    )
    return "\n".join([head, *lines])


def as_figures(rows: list[SegmentCosts]) -> dict[str, object]:
    """The same for machines."""
    return {"segments": [asdict(row) for row in rows]}
