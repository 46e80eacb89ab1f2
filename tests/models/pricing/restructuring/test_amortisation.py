from typing import Any

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pricing.restructuring.plan import write_out
from models.pricing.restructuring.terms import RestructuringTerms

schedules = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["equal_principal", "annuity", "bullet"]),
        "months": st.integers(1, 80),
        "grace_months": st.integers(0, 12),
        "grace_interest": st.sampled_from(["paid", "added", "waived"]),
        "interest_rate": st.floats(0, 0.4),
    }
)


def terms(**given: Any) -> RestructuringTerms:
    return RestructuringTerms.of({"name": "a", **given})


@settings(max_examples=60, deadline=None)
@given(
    schedule=schedules,
    claim_yuan=st.floats(0.01, 1e9),
    haircut=st.floats(0, 1),
)
def test_instalments_add_up_to_the_debt_to_the_fen(
    schedule: dict[str, Any], claim_yuan: float, haircut: float
) -> None:
    plan = write_out(terms(schedule=schedule, haircut_rate=haircut), claim_yuan)
    flows = plan.old
    interest = np.rint(flows.before * schedule["interest_rate"] / 12)
    added = interest[:, : schedule["grace_months"]].sum()
    if schedule["grace_interest"] != "added":
        added = 0.0

    assert np.all(flows.principal == np.rint(flows.principal))
    assert flows.principal.sum() == plan.debt_fen[0] + added
    assert plan.debt_fen[0] + flows.written_off[0, 0] == np.rint(claim_yuan * 100)
    assert np.all(flows.before >= 0)


@pytest.mark.parametrize("rate", [0.012, 0.036, 0.12])
def test_an_annuity_is_that_of_numpy_financial(rate: float) -> None:
    months = 60
    schedule = {"kind": "annuity", "months": months, "interest_rate": rate}
    plan = write_out(terms(schedule=schedule), 3_000_000.0)
    periods = np.arange(1, months + 1)
    principal = -npf.ppmt(rate / 12, periods, months, 3e8)

    np.testing.assert_allclose(plan.old.principal[0], principal, atol=2)
    np.testing.assert_allclose(
        plan.old.paid[0], -npf.pmt(rate / 12, months, 3e8), atol=2
    )


def test_grace_pays_adds_or_waives_interest() -> None:
    def paid(kind: str) -> np.ndarray:
        schedule = {
            "months": 2,
            "grace_months": 2,
            "grace_interest": kind,
            "interest_rate": 0.12,
        }
        return write_out(terms(schedule=schedule), 1_000.0).old.paid[0] / 100

    assert paid("paid").tolist() == [10, 10, 510, 505]
    assert paid("waived").tolist() == [0, 0, 510, 505]
    owed = 1_000 * 1.01**2
    assert paid("added") == pytest.approx(
        [0, 0, owed / 2 + owed * 0.01, owed / 2 * 1.01], abs=0.011
    )


def test_a_bullet_pays_at_the_end_and_a_list_as_listed() -> None:
    bullet = write_out(terms(schedule={"kind": "bullet", "months": 3}), 900.0)
    listed = {
        "kind": "listed",
        "interest_rate": 0.12,
        "instalments": [
            {"month": 1, "principal_yuan": 300.0},
            {"month": 3, "principal_yuan": 600.0},
        ],
    }
    by_list = write_out(terms(schedule=listed), 900.0)

    assert bullet.old.paid[0].tolist() == [0, 0, 90_000]
    assert by_list.old.principal[0].tolist() == [30_000, 0, 60_000]
    assert by_list.old.interest[0].tolist() == [900, 600, 600]


def test_equal_principal_differs_by_a_fen_at_most() -> None:
    plan = write_out(terms(schedule={"months": 7}), 100.0)

    assert plan.old.principal.sum() == 10_000
    assert np.ptp(plan.old.principal) <= 1
