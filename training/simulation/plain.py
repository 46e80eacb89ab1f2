"""Plain markets that never existed: another story than the embedded one, and short.

What holds on the market that the models were built beside may hold on no other. Here a
recovery is a logistic curve of coverage and arrears, with shocks of vintages, noise of
its own, and atoms at nothing and everything; cash falls in up to four parts.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from scipy.special import expit

from features.outcomes import MONTHS_PER_QUARTER, History, validated
from features.package import Floats, Ints, Package, canonical_table
from features.sources.market.chance import Bools
from features.sources.market.tape import as_table, named

FIRST, UNTIL = np.datetime64("2000-01-01"), np.datetime64("2025-12-31")
PRODUCTS = ("working_capital", "fixed_asset", "consumer_loan", "mortgage_loan")
PROVINCES = ("浙江", "江苏", "四川", "山东", "广东")
PARTS = 4
CLAIMS_PER_OBLIGOR = 1.2
FEWEST_DAYS = 60


@dataclass(frozen=True)
class PlainMarket:
    """What tells one plain market from another.

    Attributes:
        products: What its claims are, each as likely.
        nothing_share: Claims that pay nothing whatever they are.
        secured_share: Claims with collateral.
        shock: Standard deviation of the log-odds of a vintage.
        noise: The same of a claim.
        cash_days: Mean days from cut-off to a part of the cash.
    """

    products: tuple[str, ...] = PRODUCTS
    nothing_share: float = 0.35
    secured_share: float = 0.55
    shock: float = 0.25
    noise: float = 0.8
    cash_days: float = 540.0


CARDS = PlainMarket(products=("credit_card",), nothing_share=0.85, secured_share=0.0)


def plain_history(market: PlainMarket, claims: int, seed: int) -> History:
    """Claims of 26 years and what became of them.

    Args:
        market: What kind of market.
        claims: Number of claims.
        seed: The same seed gives the same tables.
    """
    chance = np.random.default_rng(seed)
    span = (UNTIL - FIRST).astype(int) - FEWEST_DAYS
    cutoff = np.sort(chance.integers(0, span, claims)) + FIRST.astype(np.int64)
    ids = np.array([f"P{i:06d}" for i in range(claims)], dtype=object)
    coverage = np.exp(chance.normal(-0.2, 0.7, claims))
    coverage *= chance.random(claims) < market.secured_share
    arrears = chance.integers(91, 2200, claims)
    rate = _rates(market, cutoff, coverage, arrears, chance)
    principal = np.exp(chance.normal(13.0, 1.3, claims)).round(2)
    package = _package(market, ids, cutoff, coverage, arrears, principal, chance)
    return _observed(market, package, cutoff, principal * rate, chance)


def _rates(
    market: PlainMarket,
    cutoff: Ints,
    coverage: Floats,
    arrears: Ints,
    chance: np.random.Generator,
) -> Floats:
    quarter = np.unique(_months(cutoff) // MONTHS_PER_QUARTER, return_inverse=True)[1]
    shock = chance.normal(0, market.shock, quarter.max() + 1)[quarter]
    noise = chance.normal(0, market.noise, len(cutoff))
    odds = 1.5 * np.minimum(coverage, 1.5) - 0.9 - arrears / 1100 + shock + noise
    rate: Floats = expit(odds)
    rate[(coverage > 1.1) & (chance.random(len(rate)) < 0.3)] = 1.0
    rate[chance.random(len(rate)) < market.nothing_share] = 0.0
    return rate


def _months(day: Ints) -> Ints:
    months: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _package(
    market: PlainMarket,
    ids: np.ndarray[tuple[int, ...], np.dtype[np.object_]],
    cutoff: Ints,
    coverage: Floats,
    arrears: Ints,
    principal: Floats,
    chance: np.random.Generator,
) -> Package:
    count, secured = len(ids), coverage > 0
    obligor = chance.integers(0, int(count / CLAIMS_PER_OBLIGOR), count)
    product = chance.integers(0, len(market.products), count)
    claims = {
        "claim_id": ids,
        "principal": principal,
        "cutoff_date": cutoff,
        "product": named(market.products, product),
        "security_type": named(("unsecured", "mortgaged"), secured.astype(np.int64)),
        "days_past_due": arrears,
        "province": named(PROVINCES, chance.integers(0, len(PROVINCES), count)),
        "obligor_id": np.array([f"O{i:06d}" for i in obligor], dtype=object),
    }
    items = {
        "claim_id": ids[secured],
        "collateral_id": ids[secured],
        "collateral_type": named(("factory",), np.zeros(secured.sum(), np.int64)),
        "appraised_value": (coverage * principal)[secured].round(2),
    }
    return Package.of(as_table("claims", claims), as_table("collateral", items))


def _observed(
    market: PlainMarket,
    package: Package,
    cutoff: Ints,
    cash_yuan: Floats,
    chance: np.random.Generator,
) -> History:
    """The ledger until today, work-outs open where cash or the court are to come."""
    ids = np.array(package.claim_ids, dtype=object)
    waited = 1 + chance.exponential(market.cash_days, (len(ids), PARTS)).astype(int)
    shares = chance.dirichlet(np.ones(PARTS), len(ids))
    day = cutoff[:, None] + waited
    amount = (cash_yuan[:, None] * shares).round(2)
    last = int(UNTIL.astype(np.int64))
    seen: Bools = (amount > 0) & (day <= last)
    ledger = {
        "claim_id": np.repeat(ids, PARTS).reshape(seen.shape)[seen],
        "date": day[seen],
        "amount": amount[seen],
        "kind": named(("recovery",), np.zeros(seen.sum(), np.int64)),
    }
    tried = cutoff + FEWEST_DAYS + chance.exponential(900, len(ids)).astype(int)
    end = np.maximum(tried, np.where(cash_yuan > 0, day.max(axis=1), 0))
    status = {
        "claim_id": ids,
        "status": named(("open", "closed"), (end <= last).astype(np.int64)),
        "status_date": np.minimum(end, last),
    }
    return validated(
        History(
            name="plain market",
            simulated=True,
            timing_observed=True,
            observed_until=date(2025, 12, 31),
            package=package,
            ledger=_canonical("ledger", ledger),
            workouts=_canonical("workouts", status),
        )
    )


def _canonical(
    name: str, columns: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]
) -> pa.Table:
    return canonical_table(name, as_table(name, columns))
