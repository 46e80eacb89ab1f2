"""A package valued again on a later day, and the bridge from one value to the next.

The parts of the bridge are the differences of values taken one after the other, so that
they add up to the fen, for each claim and for the package, and nothing is left over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from models.pricing.assumptions import Assumptions
from models.pricing.fen import Fen, whole_fen
from models.pricing.revaluation.clock import Clock, advanced
from models.pricing.revaluation.developments import FACT_KINDS, Developments
from models.pricing.revaluation.remaining import Remaining
from models.pricing.valuation import Expected, Valuation, discounted, value_expected

PARTS = (
    *("passage_of_time", "cash_received", "cash_against_expectation"),
    *("outlook_after_cash", *FACT_KINDS, "assumptions"),
)
PART_ZH: Mapping[str, str] = {
    "passage_of_time": "时间推移（折现回拨）",
    "cash_received": "已收回现金（转出估值）",
    "cash_against_expectation": "回款与预期之差",
    "outlook_after_cash": "回款情况引起的前景调整",
    "legal_stage": "诉讼阶段变化",
    "obligor": "债务人及还款新情况",
    "senior_amounts": "在先权利变化",
    "inspection": "押品查勘与重估",
    "auction": "拍卖结果",
    "closed": "结案",
    "assumptions": "假设变化",
}


@dataclass(frozen=True)
class Standing:
    """Where a package stands.

    Attributes:
        on: The day.
        developments: Everything known since the cut-off date.
        assumptions: As stated for the cut-off date.
    """

    on: date
    developments: Developments
    assumptions: Assumptions


@dataclass(frozen=True)
class Revaluation:
    """A package valued again.

    Attributes:
        valuation: What is left, as of the day.
        before_fen: Value of each claim before, shape (n,).
        bridge_fen: Each of PARTS by claim, shape (n,) each; with the value before they
            add up to the value of each claim in the valuation.
        expected_fen: Net cash that was expected since the value before, shape (n,).
        received_fen: Net cash that came, shape (n,).
        remaining: What the valuation follows from.
    """

    valuation: Valuation
    before_fen: Fen
    bridge_fen: Mapping[str, Fen]
    expected_fen: Fen
    received_fen: Fen
    remaining: Remaining


def standing_valuation(root: Valuation, standing: Standing) -> Valuation:
    """The package as it stands: the root itself on its cut-off date."""
    if standing.on == root.package.cutoff_date:
        return root
    remaining = _remaining(root, standing)
    expected = remaining.expected(standing.developments.kinds())
    return value_expected(root.model, expected, remaining.clock.left)


def revalue(root: Valuation, before: Standing, after: Standing) -> Revaluation:
    """Value a package again and say why its value changed.

    Args:
        root: The package as valued at its cut-off date.
        before: Where it stood when it was valued last.
        after: Where it stands now; later, with all developments of before.
    """
    old = standing_valuation(root, before)
    remaining = _remaining(root, replace(after, assumptions=before.assumptions))
    waited, expected_fen = _waited(old, _clock(root, before), remaining.clock)
    received = _received_fen(root, after) - _received_fen(root, before)
    known = remaining.expected(after.developments.kinds())
    values = dict(_values(remaining, known))
    now = _remaining(root, after)
    if after.assumptions != before.assumptions:
        known = now.expected(after.developments.kinds())
    valuation = value_expected(root.model, known, now.clock.left)
    told = values["outlook_after_cash"]
    parts = {
        "passage_of_time": waited - old.present_value_fen + expected_fen,
        "cash_received": -received,
        "cash_against_expectation": received - expected_fen,
        "outlook_after_cash": told - waited,
    }
    for kind in FACT_KINDS:
        parts[kind] = values.get(kind, told) - told
        told = values.get(kind, told)
    parts["assumptions"] = valuation.present_value_fen - told
    return Revaluation(
        valuation, old.present_value_fen, parts, expected_fen, received, now
    )


def _values(remaining: Remaining, known: Expected) -> Iterator[tuple[str, Fen]]:
    """Value of each claim once cash is told, then each kind of fact, one by one.

    Args:
        remaining: What is left.
        known: What is expected with every kind of fact.
    """
    left = remaining.clock.left
    yield "outlook_after_cash", discounted(remaining.expected(()), left)[2]
    kinds = remaining.developments.kinds()
    for count, kind in enumerate(kinds, 1):
        last = count == len(kinds)
        told = known if last else remaining.expected(kinds[:count])
        yield kind, discounted(told, left)[2]


def _remaining(root: Valuation, standing: Standing) -> Remaining:
    return Remaining(root, standing.on, standing.developments, standing.assumptions)


def _clock(root: Valuation, standing: Standing) -> Clock:
    return Clock.between(root.package.cutoff_date, standing.on, standing.assumptions)


def _waited(old: Valuation, before: Clock, now: Clock) -> tuple[Fen, Fen]:
    """Value of each claim if all went as expected, and the cash expected to then."""
    worked = now.worked_months - before.worked_months
    rates, shape = advanced(old.source_rates, old.forecast.month_shape, worked)
    expected = Expected(
        old.package,
        replace(old.forecast, month_shape=shape),
        rates,
        replace(old.proceedings, unspent_rate=now.unspent_rate),
    )
    value = discounted(expected, now.left)[2]
    return value, _net_fen(old.cash_flow.net_fen, now.months - before.months)


def _net_fen(monthly_fen: Fen, months: float) -> Fen:
    """Net cash of some months, the last of them in part, shape (n,)."""
    whole = min(int(months), monthly_fen.shape[1])
    net: Fen = monthly_fen[:, :whole].sum(axis=1)
    if whole < monthly_fen.shape[1]:
        part = np.rint((months - whole) * monthly_fen[:, whole]).astype(np.int64)
        net = net + part
    return net


def _received_fen(root: Valuation, standing: Standing) -> Fen:
    """Net cash of each claim in the ledger, shape (n,)."""
    rows = {claim: row for row, claim in enumerate(root.package.claim_ids)}
    received = np.zeros(len(rows), np.int64)
    for entry in standing.developments.cash:
        sign = 1 if entry.kind == "recovery" else -1
        received[rows[entry.claim_id]] += sign * whole_fen(entry.amount_yuan)
    return received
