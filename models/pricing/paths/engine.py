"""What each path is worth to each claim by declared priors and the expected cash.

Every path starts from the recovery that the model expects of the claim: a path changes
how much of it comes, when, and at what cost. Vectorised over claims.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, Ints
from models.paths.path import PATHS
from models.pricing.paths.priors import PathPriors

Labels = npt.NDArray[np.str_]
QUARTERS = 20


@dataclass(frozen=True)
class PathFacts:
    """What the engine knows of the claims (n).

    Attributes:
        claim_yuan: The whole claim, shape (n,).
        gross_yuan: Recovery expected by month, shape (n, months).
        value_yuan: Present value of its net cash as the valuation has it, (n,).
        low_rate: Recovery at P10 over the expected one, shape (n,).
        high_rate: The same at P90.
        segments: Segment of each claim, shape (n,).
        stages: Legal stage, ``unknown`` where not stated, shape (n,).
        fee_rate: Agents and servicer over gross cash, shape (n,).
        yearly_rate: Target return.
    """

    claim_yuan: Floats
    gross_yuan: Floats
    value_yuan: Floats
    low_rate: Floats
    high_rate: Floats
    segments: Labels
    stages: Labels
    fee_rate: Floats
    yearly_rate: float

    @cached_property
    def expected_yuan(self) -> Floats:
        """Recovery expected over all months, shape (n,)."""
        total: Floats = self.gross_yuan.sum(axis=1)
        return total

    @cached_property
    def worth_yuan(self) -> Floats:
        """Present value of that recovery before any cost, shape (n,)."""
        months = self.gross_yuan.shape[1]
        worth: Floats = self.gross_yuan @ self.factor(np.arange(1, months + 1))
        return worth

    @cached_property
    def mean_months(self) -> Floats:
        """Months until that recovery, by amount, shape (n,)."""
        months = np.arange(1, self.gross_yuan.shape[1] + 1)
        total = self.expected_yuan
        mean: Floats = self.gross_yuan @ months / np.where(total > 0, total, 1.0)
        return mean

    def factor(self, months: Floats | Ints | float) -> Floats:
        """Worth now of one yuan after so many months, in the shape of these."""
        return np.asarray((1 + self.yearly_rate) ** (-np.asarray(months) / 12))


@dataclass(frozen=True)
class PathWorth:
    """One path of every claim (n).

    Attributes:
        cash_yuan: Present value of cash after fees in proportion to it, shape (n,).
        advance_yuan: What has to be advanced, by quarter, shape (n, QUARTERS).
        cost_yuan: Present value of that, shape (n,).
        months: Mean months until the cash, shape (n,).
        case_hours: Hours of a case handler, shape (n,).
        busy_months: Months over which these are spent, shape (n,).
        uncertainty_rate: How far the priors may be out.
    """

    cash_yuan: Floats
    advance_yuan: Floats
    cost_yuan: Floats
    months: Floats
    case_hours: Floats
    busy_months: Floats
    uncertainty_rate: float


@dataclass(frozen=True)
class EngineValues:
    """The six paths of every claim, in the order of ``PATHS``.

    Attributes:
        npv_yuan: Expected net present value, shape (n, 6).
        low_yuan: The same at P10 of the recovery and the low end of the priors.
        high_yuan: The same at P90 and their high end, never above the claim.
        months: Mean months until the cash, shape (n, 6).
        hours: Hours of case handlers by quarter, shape (n, 6, QUARTERS).
        advance_yuan: Cash to be advanced by quarter, shape (n, 6, QUARTERS).
    """

    npv_yuan: Floats
    low_yuan: Floats
    high_yuan: Floats
    months: Floats
    hours: Floats
    advance_yuan: Floats


def engine_values(facts: PathFacts, priors: PathPriors) -> EngineValues:
    """What each path is worth to each claim.

    Args:
        facts: The claims as the valuation sees them.
        priors: What is declared of the paths.
    """
    worths = [_WORTH[path](facts, priors) for path in PATHS]
    return EngineValues(
        _stacked([w.cash_yuan - w.cost_yuan for w in worths]),
        _stacked([_low(facts, w) for w in worths]),
        _stacked([_high(facts, w) for w in worths]),
        _stacked([w.months for w in worths]),
        _stacked([_spread(w.case_hours, w.busy_months) for w in worths]),
        _stacked([w.advance_yuan for w in worths]),
    )


def _stacked(columns: list[Floats]) -> Floats:
    stacked: Floats = np.stack(columns, axis=1)
    return stacked


def _low(facts: PathFacts, worth: PathWorth) -> Floats:
    low: Floats = worth.cash_yuan * facts.low_rate * (1 - worth.uncertainty_rate)
    return low - worth.cost_yuan


def _high(facts: PathFacts, worth: PathWorth) -> Floats:
    high = worth.cash_yuan * facts.high_rate * (1 + worth.uncertainty_rate)
    return np.minimum(high, facts.claim_yuan) - worth.cost_yuan


def _spread(hours: Floats, months: Floats) -> Floats:
    """Hours spent evenly over the quarters that months touch, (n, QUARTERS)."""
    touched = np.clip(np.ceil(months / MONTHS_PER_QUARTER), 1, QUARTERS)
    active = np.arange(QUARTERS) < touched[:, None]
    spread: Floats = active * (hours / touched)[:, None]
    return spread


def _at_first(amount: Floats) -> Floats:
    """Amounts advanced in the first quarter, shape (n, QUARTERS)."""
    advanced = np.zeros((len(amount), QUARTERS))
    advanced[:, 0] = amount
    return advanced


def _collect(facts: PathFacts, priors: PathPriors) -> PathWorth:
    prior = priors.collect
    advance = prior.advance_rate.of(facts.segments) * facts.claim_yuan
    share = prior.share_rate.of(facts.segments)
    return PathWorth(
        np.minimum(share * facts.worth_yuan, facts.claim_yuan) * (1 - facts.fee_rate),
        _at_first(advance),
        advance,
        facts.mean_months,
        prior.case_hours.of(facts.segments),
        2 * facts.mean_months,
        prior.uncertainty_rate,
    )


def _settle(facts: PathFacts, priors: PathPriors) -> PathWorth:
    prior, else_ = priors.settle, _collect(facts, priors)
    accepted = prior.acceptance_rate.of(facts.segments)
    offer = (1 - prior.discount_rate.of(facts.segments)) * facts.expected_yuan
    paid = offer * (1 - facts.fee_rate)
    advance = prior.advance_rate.of(facts.segments) * facts.claim_yuan
    months = np.full(len(offer), prior.months)
    return _or_else(facts, accepted, paid * facts.factor(months), months, else_).with_(
        advance, prior.case_hours.of(facts.segments), prior.uncertainty_rate
    )


@dataclass(frozen=True)
class _Agreed:
    """Cash where an agreement may come about and collection follows if it does not."""

    cash_yuan: Floats
    months: Floats
    busy_months: Floats

    def with_(
        self, advance: Floats, case_hours: Floats, uncertainty_rate: float
    ) -> PathWorth:
        """The same with what it takes to get there."""
        return PathWorth(
            self.cash_yuan,
            _at_first(advance),
            advance,
            self.months,
            case_hours,
            self.busy_months,
            uncertainty_rate,
        )


def _or_else(
    facts: PathFacts,
    accepted: Floats,
    agreed_yuan: Floats,
    months: Floats,
    else_: PathWorth,
    wait: Floats | None = None,
) -> _Agreed:
    """An agreement with a chance, else collection after the time spent on it."""
    waited = months if wait is None else wait
    later = (else_.cash_yuan - else_.cost_yuan) * facts.factor(waited)
    first, second = accepted * agreed_yuan, (1 - accepted) * np.maximum(later, 0.0)
    total = np.where(first + second > 0, first + second, 1.0)
    mean = (first * months + second * (waited + else_.months)) / total
    return _Agreed(first + second, mean, np.maximum(months, 3.0))


def _sue(facts: PathFacts, priors: PathPriors) -> PathWorth:
    prior = priors.sue
    left = np.array([prior.months_left[str(stage)] for stage in facts.stages])
    gross = np.minimum(
        prior.share_rate.of(facts.segments) * facts.expected_yuan, facts.claim_yuan
    )
    unsued = np.isin(facts.stages, ("not_sued", "unknown"))
    filing = acceptance_fee_yuan(facts.claim_yuan) + preservation_fee_yuan(
        facts.claim_yuan
    )
    listing = prior.listing_rate.of(facts.segments) * gross
    enforced = np.minimum(enforcement_fee_yuan(gross), gross)
    paid = gross * (1 - facts.fee_rate) - prior.enforcement_borne_rate * enforced
    months = left + prior.pay_out_months
    advance = _at_first(np.where(unsued, filing, 0.0))
    quarter = np.minimum(left // MONTHS_PER_QUARTER, QUARTERS - 1).astype(np.int64)
    advance[np.arange(len(left)), quarter] += listing
    return PathWorth(
        paid * facts.factor(months),
        advance,
        np.where(unsued, filing, 0.0) + listing * facts.factor(left),
        months,
        prior.case_hours.of(facts.segments),
        months,
        prior.uncertainty_rate,
    )


def _restructure(facts: PathFacts, priors: PathPriors) -> PathWorth:
    prior, else_ = priors.restructure, _collect(facts, priors)
    counts = prior.instalments.of(facts.segments)
    worth, waited = _instalments(facts, counts, priors)
    balance = prior.balance_rate.of(facts.segments) * facts.expected_yuan
    agreed = np.minimum(balance, facts.claim_yuan) * worth * (1 - facts.fee_rate)
    wait = np.full(len(counts), float(prior.negotiation_months))
    advance = prior.advance_rate.of(facts.segments) * facts.claim_yuan
    accepted = prior.acceptance_rate.of(facts.segments)
    found = _or_else(facts, accepted, agreed, waited, else_, wait)
    return found.with_(
        advance, prior.case_hours.of(facts.segments), prior.uncertainty_rate
    )


def _instalments(
    facts: PathFacts, counts: Floats, priors: PathPriors
) -> tuple[Floats, Floats]:
    """Worth and mean months of one yuan of balance in instalments, (n,) each."""
    known = {int(n): _schedule(facts, int(n), priors) for n in np.unique(counts)}
    rows = np.array([known[int(n)] for n in counts]).reshape(len(counts), 2)
    return rows[:, 0], rows[:, 1]


def _schedule(facts: PathFacts, count: int, priors: PathPriors) -> tuple[float, float]:
    """Worth and mean months of one yuan in equal instalments that may stop.

    Sum over months of survival times instalment, and of the chance to stop times what
    then comes of the balance, each discounted.
    """
    prior = priors.restructure
    start = prior.negotiation_months + prior.grace_months
    month = start + np.arange(1, count + 1)
    kept = (1 - prior.hazard_rate) ** np.arange(count + 1)
    balance = 1 - np.arange(count) / count
    stopped = kept[:-1] * prior.hazard_rate * prior.recovery_rate * balance
    late = month + prior.recovery_lag_months
    cash = np.concatenate([kept[1:] / count, stopped])
    when = np.concatenate([month, late])
    worth = float(cash @ facts.factor(when))
    return worth, float(cash @ when / cash.sum())


def _equity(facts: PathFacts, priors: PathPriors) -> PathWorth:
    prior = priors.debt_to_equity
    exit_yuan = np.minimum(prior.balance_rate * facts.expected_yuan, facts.claim_yuan)
    mean = prior.survival_rate * exit_yuan + (1 - prior.survival_rate) * (
        prior.salvage_rate * facts.expected_yuan
    )
    advance = prior.advance_rate * exit_yuan
    months = np.full(len(mean), prior.exit_months)
    return PathWorth(
        mean * facts.factor(prior.exit_months),
        _at_first(advance),
        advance,
        months,
        np.full(len(mean), prior.case_hours),
        months,
        prior.uncertainty_rate,
    )


def _sell_on(facts: PathFacts, priors: PathPriors) -> PathWorth:
    prior = priors.sell_on
    price = np.maximum(prior.price_rate * facts.value_yuan, 0.0)
    advance = prior.advance_rate * price
    months = np.full(len(price), prior.months)
    return PathWorth(
        price * (1 - prior.fee_rate) * facts.factor(prior.months),
        _at_first(advance),
        advance,
        months,
        prior.case_hours.of(facts.segments),
        months,
        prior.uncertainty_rate,
    )


_WORTH: dict[str, Callable[[PathFacts, PathPriors], PathWorth]] = {
    "collect": _collect,
    "settle": _settle,
    "sue": _sue,
    "restructure": _restructure,
    "debt_to_equity": _equity,
    "sell_on": _sell_on,
}
