"""What was forecast when claims were valued, against the cash that came since.

Only quarters observed whole count, on both sides: an open work-out is compared up to
its last whole quarter and owes nothing of the future. Only quarters that began after
the model had learnt count: cash that a model has seen is no forecast. Where a history
has no timing, resolved claims are compared by their ultimate recovery.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import HistoryError
from features.forecasts import expected_quarters, whole_quarters
from features.outcomes import (
    MONTHS_PER_QUARTER,
    UNTIMED_HORIZON_MONTHS,
    Bools,
    History,
    months_between,
    observed_months,
    paid_shares,
    realised,
)
from features.package import Floats, Ints, days, numbers, obligors
from models.pricing.assumptions import Assumptions
from models.recovery.factors import vintages

Labels = npt.NDArray[np.str_]
# A claim stands in the history as it was valued but for rounding and small repairs.
AMOUNT_TOLERANCE_RATE = 0.01
UNKNOWN = "unknown"
ABSENT = "not in the disposal history"
OTHER_CUTOFF = "valued at another cut-off date"
OTHER_AMOUNT = "of another amount in the history"
NOTHING_OBSERVED = "without a whole quarter since the model learnt"
STILL_OPEN = "still open, in a history without timing"
SEEN = "known to the model, in a history without timing"
PARTLY_PRICED = "priced for a part of the horizon, in a history without timing"


@dataclass(frozen=True)
class Comparison:
    """Claims whose forecast can be set against cash, one row each.

    Attributes:
        source: Name of the history.
        simulated: Whether its claims never existed.
        timing_observed: Whether cash is compared by quarter, or as a whole.
        observed_until: Last day of the ledger.
        models: Versions of the model that made the forecasts.
        learnt_until: Last day of the earliest history behind the forecasts.
        left_out: Number of forecasts left out by reason.
        rows: Row of each claim in the history, shape (n,).
        labels: Vintage, product, region and segment of each claim, shape (n,) each.
        blocks: What moves together by name, widest first: quarter of the cut-off
            date, package, obligor; codes of shape (n,) each.
        claim_yuan: The whole claims, shape (n,).
        observed: Quarters observed whole, shape (n, quarters); one quarter, which
            holds everything, where timing is not observed.
        counted: Those of them that began after the model had learnt.
        expected_yuan: Cash expected in observed quarters, nothing elsewhere, shape
            (n, quarters).
        realised_yuan: Cash received in them, likewise.
    """

    source: str
    simulated: bool
    timing_observed: bool
    observed_until: date
    models: tuple[str, ...]
    learnt_until: date
    left_out: Mapping[str, int]
    rows: Ints
    labels: Mapping[str, Labels]
    blocks: Mapping[str, Ints]
    claim_yuan: Floats
    observed: Bools
    counted: Bools
    expected_yuan: Floats
    realised_yuan: Floats

    def __len__(self) -> int:
        """Number of claims."""
        return len(self.rows)

    @cached_property
    def expected_counted_yuan(self) -> Floats:
        """Cash expected in the quarters that count, shape (n,)."""
        cash: Floats = (self.expected_yuan * self.counted).sum(axis=1)
        return cash

    @cached_property
    def realised_counted_yuan(self) -> Floats:
        """Cash received in them, shape (n,)."""
        cash: Floats = (self.realised_yuan * self.counted).sum(axis=1)
        return cash


def compare(
    forecasts: pa.Table, history: History, vintage_months: int, *, first: bool = False
) -> Comparison:
    """Forecasts against what a history knows today.

    Args:
        forecasts: Table in the form of ``features.forecasts.SCHEMA``.
        history: Claims and their cash, whose identifiers are those of the forecasts.
        vintage_months: Months that a vintage spans: 3, 6 or 12.
        first: Take the first valuation of a claim rather than the latest.

    Raises:
        HistoryError: No forecast can be set against cash.
    """
    single = one_per_claim(forecasts, first=first)
    left_out, found = _matched(single, history)
    matched, rows = single.take(pa.array(np.flatnonzero(found >= 0))), found[found >= 0]
    known = history.take(rows)
    observed, counted, reasons = _observed(matched, known)
    left_out |= reasons
    kept = np.flatnonzero(counted.any(axis=1))
    left_out = {reason: count for reason, count in left_out.items() if count}
    if not len(kept):
        told = ", ".join(f"{n} {reason}" for reason, n in left_out.items())
        raise HistoryError(
            f"no forecast can be set against {history.name}: {told}; give the history "
            "of the claims that were valued, observed for a quarter or more",
            zh=f"没有预测可与{history.name}对照（{told}）；请提供所估债权的处置历史，"
            "且至少观察满一个季度",
        )
    expected, paid = _cash(matched, known, counted.shape[1])
    told, seen = matched.take(pa.array(kept)), known.take(kept)
    return Comparison(
        history.name,
        history.simulated or _any(forecasts, "model_simulated"),
        history.timing_observed,
        history.observed_until,
        tuple(sorted(set(told["model_version"].to_pylist()))),
        pc.min(told["model_observed_until"]).as_py(),
        left_out,
        rows[kept],
        _labels(told, vintage_months),
        _blocks(seen),
        seen.package.claim_yuan(),
        observed[kept],
        counted[kept],
        np.where(observed, expected, 0.0)[kept],
        np.where(observed, paid, 0.0)[kept],
    )


def _any(table: pa.Table, column: str) -> bool:
    found: bool = pc.any(table[column]).as_py()
    return found


def one_per_claim(forecasts: pa.Table, *, first: bool = False) -> pa.Table:
    """One forecast for each claim and cut-off date: the latest, or the first."""
    keys = ["valued_at", "valuation_id", "claim_id", "cutoff_date"]
    frame = forecasts.select(keys).to_pandas().sort_values(keys[:2], kind="stable")
    kept = frame.drop_duplicates(keys[2:], keep="first" if first else "last")
    return forecasts.take(pa.array(np.sort(kept.index.to_numpy())))


def _matched(forecasts: pa.Table, history: History) -> tuple[dict[str, int], Ints]:
    """Forecasts left out by reason, and row of each in the history, -1 if left out."""
    claims = history.package.claims
    index = pc.index_in(forecasts["claim_id"], claims["claim_id"])
    row: Ints = np.asarray(pc.fill_null(index, -1), dtype=np.int64)
    present = row >= 0
    then, now = days(forecasts, "cutoff_date"), days(claims, "cutoff_date")[row]
    same_day = present & (then == now)
    stated, owed = numbers(forecasts, "claim_yuan"), history.package.claim_yuan()[row]
    alike = same_day & (np.abs(stated / owed - 1) <= AMOUNT_TOLERANCE_RATE)
    left_out = {
        ABSENT: int((~present).sum()),
        OTHER_CUTOFF: int((present & ~same_day).sum()),
        OTHER_AMOUNT: int((same_day & ~alike).sum()),
    }
    return left_out, np.where(alike, row, -1)


def _observed(
    forecasts: pa.Table, known: History
) -> tuple[Bools, Bools, dict[str, int]]:
    """Quarters observed, those that count, and claims without any by reason."""
    learnt = months_between(
        days(forecasts, "cutoff_date"), days(forecasts, "model_observed_until")
    )
    if not known.timing_observed:
        return _resolved(forecasts, known, learnt)
    whole = whole_quarters(forecasts)
    seen = np.floor(observed_months(known) / MONTHS_PER_QUARTER)
    quarter = np.arange(int(whole.max(initial=0)))
    observed: Bools = quarter < np.minimum(whole, seen)[:, None]
    counted: Bools = observed & (quarter * MONTHS_PER_QUARTER >= learnt[:, None])
    nothing = ~counted.any(axis=1)
    return observed, counted, {NOTHING_OBSERVED: int(nothing.sum())}


def _resolved(
    forecasts: pa.Table, known: History, learnt_months: Floats
) -> tuple[Bools, Bools, dict[str, int]]:
    """The same where only the ultimate recovery is known."""
    longest = Assumptions().horizon_months
    whole = (numbers(forecasts, "horizon_months") >= longest) & (
        numbers(forecasts, "start_delay_months") == 0
    )
    resolved = realised(known, UNTIMED_HORIZON_MONTHS).resolved
    new = learnt_months < 0
    reasons = {
        STILL_OPEN: int((~resolved).sum()),
        SEEN: int((resolved & ~new).sum()),
        PARTLY_PRICED: int((resolved & new & ~whole).sum()),
    }
    counted: Bools = (resolved & new & whole)[:, None]
    return counted, counted, reasons


def _cash(forecasts: pa.Table, known: History, quarters: int) -> tuple[Floats, Floats]:
    """Expected and realised cash by quarter, shape (n, quarters) each."""
    claim = known.package.claim_yuan()[:, None]
    if known.timing_observed:
        return expected_quarters(forecasts), paid_shares(known, quarters) * claim
    rate = realised(known, UNTIMED_HORIZON_MONTHS).gross_rate
    expected = numbers(forecasts, "expected_rate") * numbers(forecasts, "claim_yuan")
    return expected[:, None], rate[:, None] * claim


def _labels(forecasts: pa.Table, vintage_months: int) -> dict[str, Labels]:
    named = {"product": "product", "region": "province", "segment": "segment"}
    cutoff = days(forecasts, "cutoff_date").astype("datetime64[D]")
    return {
        "vintage": vintage_labels(cutoff.astype("datetime64[M]"), vintage_months),
        **{
            label: np.asarray(
                pc.fill_null(forecasts[column], UNKNOWN).to_pylist(), dtype=np.str_
            )
            for label, column in named.items()
        },
    }


def vintage_labels(month: npt.NDArray[np.datetime64], vintage_months: int) -> Labels:
    """Names such as 2019, 2019H2 or 2019Q4 of the vintages of months, shape (n,)."""
    number = month.astype(np.int64)
    year, part = number // 12 + 1970, number % 12 // vintage_months + 1
    letter = {3: "Q", 6: "H", 12: ""}[vintage_months]
    suffixes = [f"{letter}{p}" if letter else "" for p in part]
    return np.array(
        [f"{y}{s}" for y, s in zip(year, suffixes, strict=True)], dtype=np.str_
    )


def _blocks(known: History) -> dict[str, Ints]:
    """What moves together, widest first, as codes."""
    claims = known.package.claims
    seller = np.asarray(pc.fill_null(claims["seller"], "").to_pylist(), dtype=np.str_)
    cutoff = claims["cutoff_date"].cast(pa.int32()).to_pylist()
    package = [f"{day} {name}" for day, name in zip(cutoff, seller, strict=True)]
    return {
        "vintage": vintages(known.package),
        "package": np.unique(package, return_inverse=True)[1],
        "obligor": np.unique(obligors(known.package), return_inverse=True)[1],
    }
