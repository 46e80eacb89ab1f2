"""Simulated work-outs whose every path is known: what it would have paid each claim.

Claims and their tape come from the embedded market; what follows the cut-off is drawn
here, one potential outcome for each path. Owners choose by what they see, so that the
plain mean of a path is wrong, and if asked by one thing they see and nobody notes: how
willing the debtor is. Some may draw lots. SIMULATED: no figure of it is a price.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from scipy.special import expit

from features.outcomes import DAYS_PER_MONTH, Bools, History
from features.package import Floats, Ints, Package, canonical_table
from features.sources.simulated import simulate_history
from features.table import build_table, learn_vocabulary
from models.paths.path import PATHS
from models.pricing.paths.eligibility import eligibility

# What a history calls a path that was chosen, in the order of ``PATHS``.
LABELS = (
    *("agency_collection", "settlement", "litigation"),
    *("path_restructuring", "debt_to_equity", "resale"),
)
FIRST_CUTOFF = date(2010, 1, 1)
LAST_CUTOFF = date(2020, 12, 31)
OBSERVED_UNTIL = date(2025, 12, 31)
# Month of the cash and of the cost, cost over claim, and what success pays.
MONTHS = np.array([9.0, 6.0, 26.0, 21.0, 40.0, 5.0])
COST_MONTH = 2.0
COST_RATE = np.array([0.01, 0.01, 0.05, 0.02, 0.03, 0.01])
PAID_RATE = np.array([0.42, 0.50, 0.85, 0.70, 0.90, 0.20])
# Log-odds that a path pays: constant, coverage, contact, arrears, operating, size and
# legal stage.
EFFECTS = np.array(
    [
        [-0.9, 0.2, 1.3, -0.7, 0.2, -0.2, 0.0],
        [-0.7, 0.3, 1.1, -0.4, 0.1, 0.0, 0.1],
        [-1.3, 1.7, -0.1, -0.1, 0.2, 0.1, 0.7],
        [-1.1, 0.2, 0.9, -0.5, 1.2, 0.2, -0.2],
        [-1.6, 0.0, 0.3, -0.3, 0.8, 0.7, 0.0],
        [1.2, 0.8, 0.0, -0.6, 0.3, 0.1, 0.0],
    ]
)
# How willing debtors differ from others on each path, and how much owners see of it.
WILLING = np.array([1.0, 1.0, -0.3, 0.9, 0.2, 0.0])
# How strongly owners follow their own estimate, and what they like besides.
SHARPNESS = 8.0
HABIT = np.array([0.5, 0.2, 0.6, -0.2, -0.6, -0.6])
# By habit they settle young arrears, and sue on old ones.
HABIT_BY_ARREARS = np.array([0.0, -1.5, 0.5, -0.5, 0.0, 0.0])
ARREARS = 3


@dataclass(frozen=True)
class PathMarket:
    """Simulated claims with the truth about each path.

    Attributes:
        history: What an owner would have on record.
        mean_rate: Expected discounted net cash over claim by path, given what the
            tape shows, shape (n, 6).
        open: Whether each path is open, shape (n, 6).
    """

    history: History
    mean_rate: Floats
    open: Bools

    @property
    def best_rate(self) -> Floats:
        """What the best policy expects of each claim, shape (n,)."""
        best: Floats = np.where(self.open, self.mean_rate, -np.inf).max(axis=1)
        return best


def simulate_paths(
    claims: int,
    seed: int,
    *,
    yearly_rate: float,
    hidden: float = 0.0,
    randomised_share: float = 0.0,
    first_cutoff: date = FIRST_CUTOFF,
    last_cutoff: date = LAST_CUTOFF,
) -> PathMarket:
    """Claims whose paths were chosen, and what every other path would have paid.

    Args:
        claims: Number of claims.
        seed: The same seed gives the same market.
        yearly_rate: Return that the truth is discounted at.
        hidden: Strength of what owners see and nobody notes; 0 for none.
        randomised_share: Share of the claims whose path is drawn by lot.
        first_cutoff: Earliest cut-off date.
        last_cutoff: Latest cut-off date.
    """
    base = simulate_history(
        claims=claims,
        seed=seed,
        first_cutoff=first_cutoff,
        last_cutoff=last_cutoff,
        observed_until=OBSERVED_UNTIL,
    )
    generator = np.random.default_rng([seed, 1])
    seen, is_open = _seen(base.package), eligibility(base.package).open
    willing = hidden * generator.standard_normal(len(base))
    odds = seen @ EFFECTS.T + willing[:, None] * WILLING
    habit = HABIT + (seen[:, [ARREARS]] - 1.0) * HABIT_BY_ARREARS
    path, drawn = _chosen(odds, habit, is_open, randomised_share, generator)
    success = generator.random(len(base)) < expit(odds)[np.arange(len(base)), path]
    mean = _mean_rate(seen, hidden, yearly_rate)
    return PathMarket(_on_record(base, path, success, drawn), mean, is_open)


def _seen(package: Package) -> Floats:
    """What owners see on the tape, about standardised, shape (n, 7)."""
    table = build_table(package, learn_vocabulary(package, 20))
    stage = table.column("legal_stage")
    operating = table.column("operating_status")
    columns = (
        np.ones(len(package)),
        np.minimum(np.nan_to_num(table.column("coverage")), 1.5),
        np.nan_to_num(table.column("contactable"), nan=0.5),
        np.log1p(np.nan_to_num(table.column("days_past_due"), nan=500.0) / 500.0),
        np.where(np.isnan(operating), 0.3, operating == 0),
        np.clip((table.column("claim_size") - 13.0) / 3.0, -1.5, 1.5),
        np.where(np.isnan(stage), 0.0, np.minimum(stage, 4.0) / 4.0),
    )
    return np.column_stack(columns)


def _worth(yearly_rate: float) -> tuple[Floats, Floats]:
    """What a success of each path is worth and what trying it costs, over claim."""
    paid = PAID_RATE * (1 + yearly_rate) ** (-MONTHS / 12)
    return paid, COST_RATE * (1 + yearly_rate) ** (-COST_MONTH / 12)


def _mean_rate(seen: Floats, hidden: float, yearly_rate: float) -> Floats:
    """Expected net rate of each path over whoever looks alike, shape (n, 6)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    odds = (seen @ EFFECTS.T)[:, :, None] + hidden * WILLING[:, None] * nodes
    chance = expit(odds) @ (weights / weights.sum())
    paid, cost = _worth(yearly_rate)
    rate: Floats = chance * paid - cost
    return rate


def _chosen(
    odds: Floats,
    habit: Floats,
    is_open: Bools,
    randomised_share: float,
    generator: np.random.Generator,
) -> tuple[Ints, Bools]:
    """Path of each claim and whether it was drawn by lot, shape (n,) each."""
    paid, cost = _worth(0.15)
    liking = SHARPNESS * (expit(odds) * paid - cost) + habit
    drawn = generator.random(len(odds)) < randomised_share
    noise = generator.gumbel(size=odds.shape)
    wanted = np.where(drawn[:, None], 0.0, liking) + noise
    return np.where(is_open, wanted, -np.inf).argmax(axis=1), drawn


def _on_record(base: History, path: Ints, success: Bools, drawn: Bools) -> History:
    """The ledger and the work-outs that an owner would have."""
    claim = base.package.claim_yuan()
    cutoff = base.package.claims["cutoff_date"].to_pylist()
    paid = np.where(success, PAID_RATE[path] * claim, 0.0)
    spent = COST_RATE[path] * claim
    rows = [
        (row, MONTHS[path[row]], paid[row], "recovery")
        for row in np.flatnonzero(success)
    ] + [(row, COST_MONTH, spent[row], "cost") for row in range(len(claim))]
    ids = base.package.claim_ids
    days = [
        cutoff[r] + timedelta(days=round(m * DAYS_PER_MONTH)) for r, m, _, _ in rows
    ]
    ledger = {
        "claim_id": [ids[row] for row, *_ in rows],
        "date": days,
        "amount": [float(amount) for _, _, amount, _ in rows],
        "kind": [kind for *_, kind in rows],
    }
    return replace(
        base,
        name="simulated paths",
        ledger=canonical_table("ledger", pa.table(ledger)),
        workouts=_workouts(ids, cutoff, path, success, drawn),
        sales=canonical_table("sales", None),
    )


def _workouts(
    ids: list[str], cutoff: list[date], path: Ints, success: Bools, drawn: Bools
) -> pa.Table:
    """Closed work-outs; what was tried in vain out of court ends in court."""
    months = np.where(success, MONTHS[path] + 1, 36.0)
    out_of_court = np.isin(path, [PATHS.index(p) for p in ("collect", "settle")])
    ended = np.where(out_of_court & ~success, PATHS.index("sue"), path)
    columns = {
        "claim_id": ids,
        "status": ["closed"] * len(ids),
        "status_date": [
            day + timedelta(days=round(m * DAYS_PER_MONTH))
            for day, m in zip(cutoff, months, strict=True)
        ],
        "disposal_path": [LABELS[p] for p in ended],
        "chosen_path": [LABELS[p] for p in path],
        "randomised": drawn,
    }
    return canonical_table("workouts", pa.table(columns))
