"""Figures of pools as rating agencies print them, to hold a history against."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from features.outcomes import DAYS_PER_MONTH, History, observed_months
from features.package import Floats, Ints, claim_rows, days, numbers
from features.segment import segments

CARD_HORIZON_MONTHS = 36
HORIZON_MONTHS = 60
CORPORATE = ("corporate_secured", "corporate_unsecured")


@dataclass(frozen=True)
class PoolFigures:
    """One pool of claims that were observed for the whole horizon.

    Attributes:
        pool: Name of the pool.
        claims: Number of claims.
        claim_yuan: Claim at cut-off.
        horizon_months: Months of cash that count.
        gross_rate: Cash recovered over claim.
        cost_share: Costs over cash recovered.
        life_years: Mean time of a recovered yuan.
        nothing_share: Share of claims that recover less than a thousandth.
        everything_share: Share of claims that recover all but a thousandth.
    """

    pool: str
    claims: int
    claim_yuan: float
    horizon_months: int
    gross_rate: float
    cost_share: float
    life_years: float
    nothing_share: float
    everything_share: float


def pool_figures(history: History) -> list[PoolFigures]:
    """Every segment of a history, and all corporate claims together."""
    found = segments(history.package)
    pools = {str(name): found == name for name in np.unique(found)}
    pools["corporate"] = np.isin(found, CORPORATE)
    return [
        _pool(history, name, np.flatnonzero(members), _horizon(name))
        for name, members in pools.items()
    ]


def as_markdown(figures: Sequence[PoolFigures]) -> str:
    """A table for a terminal and for a page of the documentation."""
    head = (
        "| pool | claims | claim, million | months | recovered | costs / recovered "
        "| life, years | nothing | everything |"
    )
    return "\n".join([head, "|---|" + "---:|" * 8, *map(_row, figures)])


def _row(pool: PoolFigures) -> str:
    return (
        f"| {pool.pool} | {pool.claims:,} | {pool.claim_yuan / 1e6:,.0f} "
        f"| {pool.horizon_months} | {pool.gross_rate:.1%} | {pool.cost_share:.1%} "
        f"| {pool.life_years:.2f} | {pool.nothing_share:.1%} "
        f"| {pool.everything_share:.1%} |"
    )


def _horizon(pool: str) -> int:
    return CARD_HORIZON_MONTHS if pool == "card" else HORIZON_MONTHS


def _pool(history: History, name: str, members: Ints, horizon: int) -> PoolFigures:
    seen = observed_months(history)[members] >= horizon
    pool = history.take(members[seen])
    claim = pool.package.claim_yuan()
    months, amounts, claims = _movements(pool, "recovery", horizon)
    costs = _movements(pool, "cost", horizon)[1]
    rate = np.bincount(claims, amounts, minlength=len(pool)) / claim
    return PoolFigures(
        pool=name,
        claims=len(pool),
        claim_yuan=float(claim.sum()),
        horizon_months=horizon,
        gross_rate=float(amounts.sum() / claim.sum()),
        cost_share=float(costs.sum() / amounts.sum()),
        life_years=float(np.average(months, weights=amounts) / 12.0),
        nothing_share=float((rate < 0.001).mean()),
        everything_share=float((rate > 0.999).mean()),
    )


def _movements(
    history: History, kind: str, horizon: int
) -> tuple[Floats, Floats, Ints]:
    """Months, yuan and claim of the movements of a kind within the horizon."""
    of_kind = history.ledger.filter(pc.equal(history.ledger["kind"], kind))
    rows = claim_rows(history.package, of_kind)
    cutoff = days(history.package.claims, "cutoff_date")[rows]
    months = (days(of_kind, "date") - cutoff) / DAYS_PER_MONTH
    within = months <= horizon
    return months[within], numbers(of_kind, "amount")[within], rows[within]
