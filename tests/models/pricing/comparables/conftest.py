from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import catalogue
from features.package import canonical_table
from models.pricing.comparables.facts import Subject

USUAL = {
    "deal_date": date(2024, 6, 30),
    "claim_total": 1e8,
    "currency": "CNY",
    "price_kind": "clearing",
    "price_rate": 0.3,
    "rate_base": "claim_total",
    "block_transfer": False,
}
TODAY = date(2025, 1, 31)


@pytest.fixture(scope="session")
def make_deals() -> Callable[..., pa.Table]:
    """Builds deals that differ from a usual one; each is a sale of its own."""

    def build(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
        deals = [{"deal_id": f"d{i:03d}", **USUAL, **row} for i, row in enumerate(rows)]
        columns = {
            name: pa.array([deal.get(name) for deal in deals], field.arrow_type)
            for name, field in catalogue.kept_fields("deals").items()
        }
        return canonical_table("deals", pa.table(columns))

    return build


@pytest.fixture(scope="session")
def simulated_deals(make_deals: Callable[..., pa.Table]) -> Callable[..., pa.Table]:
    """Simulated deals whose rates follow a law: product, arrears, own value, noise."""

    def build(deals: int = 80, seed: int = 5, noise: float = 0.1) -> pa.Table:
        rng = np.random.default_rng(seed)
        level = {"credit_card": 0.06, "mortgage_loan": 0.4, "working_capital": 0.2}
        rows = []
        for number in range(deals):
            product = str(rng.choice(list(level)))
            past_due = float(rng.integers(180, 2_000))
            worth = level[product] * (past_due / 700) ** -0.4 * rng.lognormal(0, 0.3)
            claim = float(rng.lognormal(18, 1))
            rows.append(
                {
                    "deal_date": date(2020, 1, 15) + timedelta(days=20 * number),
                    "product": product,
                    "mean_days_past_due": past_due,
                    "claim_total": claim,
                    "claims": int(rng.integers(5, 500)),
                    "own_value": worth * claim,
                    "price_rate": 0.8 * worth * rng.lognormal(0, noise),
                }
            )
        return make_deals(rows)

    return build


@pytest.fixture
def subject() -> Subject:
    return Subject(
        TODAY,
        {"claim_total": 1e8, "claims": 40.0, "mean_days_past_due": 700.0},
        {"product": {"working_capital": 1.0}},
    )
