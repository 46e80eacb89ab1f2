"""What changes the value of a package under work, and by how much."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from features.package import claim_rows, numbers
from models.pricing.assumptions import Assumptions
from models.pricing.cost import COSTS
from models.pricing.fen import Fen
from models.pricing.revaluation.developments import FACT_KINDS, Developments
from models.pricing.revaluation.returns import purchase_returns
from models.pricing.revaluation.revaluation import (
    PARTS,
    Revaluation,
    Standing,
    revalue,
)
from models.pricing.valuation import Valuation

CUTOFF, ON = date(2025, 12, 31), date(2026, 12, 31)


def standing(root: Valuation, on: date, **told: Any) -> Standing:
    return Standing(on, Developments.of(told), root.assumptions)


def revalued(root: Valuation, on: date = ON, **told: Any) -> Revaluation:
    start = standing(root, root.package.cutoff_date)
    return revalue(root, start, standing(root, on, **told))


def appraised_item(root: Valuation) -> dict[str, Any]:
    """The item that covers a claim most nearly by four fifths, as a fact names it."""
    item = root.package.collateral.slice(nearly_covered(root), 1).to_pylist()[0]
    return {n: item[n] for n in ("collateral_id", "claim_id")} | {"date": "2026-06-30"}


def nearly_covered(root: Valuation) -> int:
    rows = claim_rows(root.package, root.package.collateral)
    appraised = numbers(root.package.collateral, "appraised_value")
    return int(np.nanargmin(np.abs(appraised / root.package.claim_yuan()[rows] - 0.8)))


def appraisal_yuan(root: Valuation) -> float:
    appraised = numbers(root.package.collateral, "appraised_value")
    return float(appraised[nearly_covered(root)])


def inspected(root: Valuation, score: int) -> list[dict[str, Any]]:
    """Every item in the same condition."""
    return [
        {
            "collateral_id": item["collateral_id"],
            "claim_id": item["claim_id"],
            "date": "2026-06-30",
            "condition_score": score,
        }
        for item in root.package.collateral.to_pylist()
    ]


def part(found: Revaluation, name: str) -> int:
    return int(found.bridge_fen[name].sum())


def cash(root: Valuation, row: int, amount: float, day: str = "2026-05-01") -> Any:
    claim = root.package.claim_ids[row]
    return {"claim_id": claim, "date": day, "amount_yuan": amount}


@pytest.fixture(scope="module")
def everything(root: Valuation) -> Revaluation:
    ids, item = root.package.claim_ids, appraised_item(root)
    others = root.package.collateral.to_pylist()
    return revalue(
        root,
        standing(root, CUTOFF),
        Standing(
            date(2026, 10, 17),
            Developments.of(
                {
                    "cash": [
                        cash(root, 0, 100_000.37),
                        cash(root, 1, 2_500.0, "2026-07-09"),
                        {**cash(root, 0, 3_000.0), "kind": "cost"},
                    ],
                    "claim_facts": [
                        {
                            "claim_id": ids[2],
                            "date": "2026-04-01",
                            "fields": {"legal_stage": "enforcement"},
                        },
                        {
                            "claim_id": ids[3],
                            "date": "2026-04-01",
                            "fields": {"operating_status": "stopped"},
                        },
                        {"claim_id": ids[4], "date": "2026-04-02", "closed": True},
                    ],
                    "collateral_facts": [
                        *inspected(root, 1),
                        {**item, "fields": {"senior_amount": 9e5}},
                        {**item, "failed_round": "first"},
                        {
                            "collateral_id": others[-1]["collateral_id"],
                            "claim_id": others[-1]["claim_id"],
                            "date": "2026-09-01",
                            "sold_for_yuan": 50_000.0,
                        },
                    ],
                }
            ),
            root.assumptions.model_copy(update={"target_return_rate": 0.12}),
        ),
    )


def test_the_parts_add_up_to_the_fen(everything: Revaluation) -> None:
    parts: Fen = np.sum([everything.bridge_fen[name] for name in PARTS], axis=0)

    after = everything.valuation.present_value_fen
    np.testing.assert_array_equal(everything.before_fen + parts, after)
    assert set(everything.bridge_fen) == set(PARTS)
    for kind in ("legal_stage", "senior_amounts", "inspection", "auction", "closed"):
        assert part(everything, kind) != 0, kind
    assert part(everything, "cash_received") == -(10_000_037 + 250_000 - 300_000)


def test_a_part_of_one_claim_leaves_the_others_alone(everything: Revaluation) -> None:
    closed = everything.bridge_fen["closed"]
    assert closed[4] < 0
    assert np.count_nonzero(closed) == 1
    stage = everything.bridge_fen["legal_stage"]
    assert np.flatnonzero(stage).tolist() == [2]


def test_what_is_left_is_a_whole_valuation(everything: Revaluation) -> None:
    left = everything.valuation
    forecast = left.forecast

    np.testing.assert_allclose(
        forecast.quarter_rate.sum(axis=1), forecast.mean_rate, atol=1e-9
    )
    np.testing.assert_allclose(
        left.source_rates.sum(axis=0), forecast.quarter_rate, atol=1e-9
    )
    assert (np.diff(forecast.points, axis=1) >= -1e-9).all()
    assert forecast.points.min() >= 0
    assert forecast.points.max() <= 1 + 1e-9
    gross = left.cash_flow.gross_fen.sum(axis=1)
    assert (gross <= left.claim_fen + 2).all()
    assert left.package.cutoff_date == date(2026, 10, 17)


def test_time_alone_unwinds_the_discount(root: Valuation) -> None:
    found = revalued(root, date(2026, 6, 30))
    interest = 1.15**0.5 - 1

    unwound = part(found, "passage_of_time") / found.before_fen.sum()
    # A little less than on the whole value: some cash was expected meanwhile.
    assert 0.8 * interest < unwound < interest * 1.1
    assert part(found, "cash_received") == 0


def test_silence_takes_from_what_a_claim_is_expected_to_pay(root: Valuation) -> None:
    earlier, later = (
        revalued(root, day).valuation for day in (date(2026, 6, 30), date(2028, 12, 31))
    )
    at_first = root.forecast.mean_rate

    assert (earlier.forecast.mean_rate <= at_first + 1e-9).all()
    assert (later.forecast.mean_rate <= earlier.forecast.mean_rate + 1e-9).all()
    assert later.forecast.mean_rate.sum() < 0.9 * at_first.sum()


def test_paying_early_costs_a_claim_nothing(root: Valuation) -> None:
    silent = revalued(root).remaining.without_facts.forecast.mean_rate
    owed = root.package.claim_yuan()
    for share in (0.01, 0.1, 0.4):
        paid = revalued(root, cash=[cash(root, 0, share * float(owed[0]))])
        left = paid.valuation.forecast.mean_rate[0]
        assert share + (1 - share) * left >= silent[0] - 1e-9


def test_facts_without_news_are_worth_nothing(root: Valuation) -> None:
    stage = root.package.claims["legal_stage"].to_pylist()[0]
    fact = {"claim_id": root.package.claim_ids[0], "date": "2026-03-01"}
    found = revalued(root, claim_facts=[{**fact, "fields": {"court": "somewhere"}}])

    assert stage is not None
    assert [part(found, kind) for kind in FACT_KINDS] == [0] * len(FACT_KINDS)


def test_a_worse_condition_is_worth_no_more(root: Valuation) -> None:
    found = [
        revalued(root, collateral_facts=inspected(root, score)).bridge_fen["inspection"]
        for score in (1, 2, 3, 4, 5)
    ]

    assert (np.diff(found, axis=0) >= 0).all()
    assert found[0].sum() < 0 < found[-1].sum()
    assert not found[2].any()


def test_an_appraiser_who_saw_the_condition_has_priced_it(root: Valuation) -> None:
    item = appraised_item(root)
    seen = {**item, "condition_score": 1}
    appraised = {**item, "fields": {"appraised_value": 0.9 * appraisal_yuan(root)}}
    later = {**appraised, "date": "2026-08-31"}

    both, alone = (
        revalued(root, collateral_facts=facts) for facts in ([seen, later], [later])
    )
    assert part(both, "inspection") == part(alone, "inspection") < 0


def test_more_ahead_of_the_lender_is_worth_less(root: Valuation) -> None:
    worth = [
        part(
            revalued(
                root,
                collateral_facts=[
                    {**appraised_item(root), "fields": {"senior_amount": amount}}
                ],
            ),
            "senior_amounts",
        )
        for amount in (1e5, 1e6, 1e8)
    ]

    assert worth == sorted(worth, reverse=True)
    assert worth[-1] < 0


def test_a_higher_price_of_an_auction_is_worth_more(root: Valuation) -> None:
    def auction(price: float, **told: Any) -> Revaluation:
        fact = {**appraised_item(root), "sold_for_yuan": price}
        return revalued(root, collateral_facts=[fact], **told)

    low, high = auction(1e4), auction(0.8 * appraisal_yuan(root))
    assert part(low, "auction") < part(high, "auction")
    assert len(high.valuation.package.collateral) < len(root.package.collateral)


def test_money_of_a_sale_is_not_counted_twice(root: Valuation) -> None:
    item = appraised_item(root)
    row = root.package.claim_ids.index(item["claim_id"])
    sold = [{**item, "sold_for_yuan": 1e6}]
    came = {**cash(root, row, 1e6, "2026-09-01"), "source": "from_collateral"}

    due = revalued(root, collateral_facts=sold).valuation
    paid = revalued(root, collateral_facts=sold, cash=[came]).valuation
    assert paid.source_rates[1, row].sum() < due.source_rates[1, row].sum()


def test_no_sale_is_paid_for_once_its_money_came(root: Valuation) -> None:
    item = appraised_item(root)
    row = root.package.claim_ids.index(item["claim_id"])
    alone = claim_rows(root.package, root.package.collateral) == row
    assert alone.sum() == 1
    price = 0.8 * appraisal_yuan(root)
    sold = [{**item, "sold_for_yuan": price}]
    came = {**cash(root, row, price, "2026-09-01"), "source": "from_collateral"}

    due = revalued(root, collateral_facts=sold).valuation
    paid = revalued(root, collateral_facts=sold, cash=[came]).valuation
    kind = COSTS.index("sale_cost")
    assert paid.cash_flow.gross_fen[row].sum() > 0
    assert paid.cash_flow.kind_fen[kind, row] == 0
    expected = due.cash_flow.source_fen[1, row] * root.assumptions.sale_cost_rate
    assert expected > 0
    assert due.cash_flow.kind_fen[kind, row] == pytest.approx(expected, rel=0.05)


def test_nothing_is_left_of_a_closed_claim(root: Valuation) -> None:
    fact = {"claim_id": root.package.claim_ids[0], "date": "2026-03-01"}
    found = revalued(root, claim_facts=[{**fact, "closed": True}])

    assert found.valuation.present_value_fen[0] == 0
    assert found.valuation.cash_flow.gross_fen[0].sum() == 0


def test_one_step_ends_where_two_steps_end(root: Valuation) -> None:
    came = [cash(root, 0, 5e4)]
    middle = standing(root, date(2026, 6, 15), cash=came)
    last = standing(root, ON, cash=came)
    in_two = revalue(root, middle, last)

    at_once = revalued(root, cash=came).valuation.present_value_fen
    np.testing.assert_array_equal(in_two.valuation.present_value_fen, at_once)
    first = revalue(root, standing(root, CUTOFF), middle)
    np.testing.assert_array_equal(in_two.before_fen, first.valuation.present_value_fen)
    assert part(in_two, "cash_received") == 0


def test_a_delayed_start_delays_what_silence_says(root: Valuation) -> None:
    waiting = root.assumptions.model_copy(update={"start_delay_months": 9})
    found = revalue(
        root,
        standing(root, CUTOFF),
        Standing(date(2026, 6, 30), Developments(), waiting),
    )

    np.testing.assert_allclose(
        found.valuation.forecast.mean_rate, root.forecast.mean_rate, atol=1e-9
    )
    assert found.valuation.assumptions.start_delay_months == 3


def test_returns_of_a_purchase_by_hand(root: Valuation) -> None:
    found = revalued(root, cash=[cash(root, 0, 1_212_000.0, "2026-12-31")])
    told = purchase_returns(found.remaining, found.valuation, 1_000_000.0)

    # One payment of 1.2 times price and costs of buying, after a year.
    assert told.to_date_irr_rate == pytest.approx(0.2, abs=1e-9)
    assert told.to_date_multiple == pytest.approx(1.2)
    assert told.expected_irr_rate is not None
    assert told.expected_irr_rate > 0.2
    assert told.expected_multiple > 1.2


def test_before_the_first_payment_of_the_price_there_is_no_multiple(
    root: Valuation,
) -> None:
    closing = Assumptions.of({"payments": [{"month": 9, "share_rate": 1.0}]})
    found = revalued(root, cash=[cash(root, 0, 5_000.0, "2026-03-31")])
    waiting = replace(found.remaining, assumptions=closing, on=date(2026, 6, 30))
    told = purchase_returns(waiting, found.valuation, 1_000_000.0)

    assert told.received_yuan == 5_000.0
    assert (told.to_date_irr_rate, told.to_date_multiple) == (None, None)
    assert told.expected_multiple > 1


def test_assumptions_keep_their_months_from_the_cut_off(root: Valuation) -> None:
    shorter = Assumptions(simulations=500, horizon_months=36)
    found = revalue(root, standing(root, CUTOFF), Standing(ON, Developments(), shorter))

    assert found.valuation.assumptions.horizon_months == 24
    assert part(found, "assumptions") < 0
