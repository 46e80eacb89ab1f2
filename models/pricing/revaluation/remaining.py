"""What claims are still expected to pay on a day after the cut-off date.

Time and cash are told by the claim's own forecast (``posterior``). A new fact moves
that by what it is worth to the model: by the change of the log-odds of its mean, and of
its timing, between the same claims on the same day with and without the fact. Who pays
stays as it was expected, until an item is sold.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from features.package import Floats, Package
from models.pricing.assumptions import Assumptions
from models.pricing.cost import Proceedings, proceedings
from models.pricing.revaluation.clock import Clock, advanced
from models.pricing.revaluation.developments import Developments, FactKind
from models.pricing.revaluation.facts import (
    SMALLEST_CLAIM_YUAN,
    closed_claims,
    moved,
    with_facts,
)
from models.pricing.revaluation.posterior import remaining_points, tilted
from models.pricing.revaluation.priors import declared
from models.pricing.revaluation.sold import with_sales
from models.pricing.valuation import Expected, Valuation
from models.recovery.model import Forecast

# Of collateral they say how much, not when.
AMOUNTS: tuple[FactKind, ...] = ("senior_amounts", "inspection")
_CERTAIN = 1e-9


@dataclass(frozen=True)
class Remaining:
    """What is left of a package on a day.

    Attributes:
        root: The package as it was valued at its cut-off date.
        on: The day.
        developments: Everything known since, checked against the package.
        assumptions: As stated for the cut-off date.
    """

    root: Valuation
    on: date
    developments: Developments
    assumptions: Assumptions

    @cached_property
    def clock(self) -> Clock:
        """How far the work-out has come."""
        return Clock.between(self.root.package.cutoff_date, self.on, self.assumptions)

    @cached_property
    def received_yuan(self) -> Floats:
        """Cash recovered from each claim so far, shape (n,)."""
        rows = {claim: row for row, claim in enumerate(self.root.package.claim_ids)}
        received = np.zeros(len(rows))
        for entry in self.developments.cash:
            if entry.kind == "recovery":
                received[rows[entry.claim_id]] += entry.amount_yuan
        return received

    @cached_property
    def claim_left_yuan(self) -> Floats:
        """What is left of each claim, a fen where it is paid in full, shape (n,)."""
        owed = self.root.package.claim_yuan()
        left: Floats = np.maximum(owed - self.received_yuan, SMALLEST_CLAIM_YUAN)
        return left

    @cached_property
    def package(self) -> Package:
        """What is left of the claims, as of the day, without new facts."""
        return moved(self.root.package, self.on, self.claim_left_yuan)

    @cached_property
    def without_facts(self) -> Expected:
        """What cash and time alone let expect."""
        root = self.root.forecast
        worked = self.clock.worked_months
        quarters, shape = advanced(root.quarter_rate, root.month_shape, worked)
        sources, _ = advanced(self.root.source_rates, root.month_shape, worked)
        points = self._points(quarters.sum(axis=1))
        timing = _normalised(quarters)
        mean = points.mean(axis=1)
        rates = mean[:, None] * timing
        forecast = replace(
            root, mean_rate=mean, points=points, quarter_rate=rates, month_shape=shape
        )
        return Expected(
            self.package,
            forecast,
            rates * _normalised(sources, axis=0),
            self._proceedings(self.package, forecast),
        )

    def _points(self, left_rate: Floats) -> Floats:
        """Recoveries still to come over what is left of each claim, (n, points)."""
        root = self.root.forecast
        mean = np.where(root.mean_rate > 0, root.mean_rate, 1.0)
        passed = np.clip(1.0 - left_rate / mean, 0.0, 1.0)
        owed = self.root.package.claim_yuan()
        received = np.minimum(self.received_yuan / owed, 1.0)
        doubt = declared().silence.doubt_rate
        left = remaining_points(root.points, passed, received, doubt)
        scaled: Floats = left * (owed / self.claim_left_yuan)[:, None]
        return np.minimum(scaled, 1.0)

    def expected(self, kinds: Collection[FactKind]) -> Expected:
        """What is expected once facts of some kinds are taken in."""
        known = self.without_facts
        if not kinds:
            return known
        known = self._shifted(known, kinds)
        if "auction" in kinds:
            prices = self.root.model.sale_prices
            known = with_sales(known, self.developments, self.on, prices)
        return self._closed(known) if "closed" in kinds else known

    @cached_property
    def _fresh(self) -> Forecast:
        return self.root.model.forecast(self.package)

    def _shifted(self, known: Expected, kinds: Collection[FactKind]) -> Expected:
        """What the model makes of the facts, on the same day."""
        package = with_facts(self.package, self.developments, kinds)
        after = self.root.model.forecast(package)
        timed = self._timed(after, kinds)
        forecast = _told(known.forecast, self._fresh, after, timed)
        changed = (forecast.quarter_rate != known.forecast.quarter_rate).any(axis=1)
        parted = forecast.quarter_rate * _normalised(known.source_rates, axis=0)
        parted = np.where(changed[:, None], parted, known.source_rates)
        return Expected(package, forecast, parted, self._proceedings(package, forecast))

    def _timed(self, after: Forecast, kinds: Collection[FactKind]) -> Forecast:
        """The forecast that says when: amounts of collateral say only how much."""
        telling = [kind for kind in kinds if kind not in AMOUNTS]
        if len(telling) == len(kinds):
            return after
        package = with_facts(self.package, self.developments, telling)
        return self.root.model.forecast(package)

    def _closed(self, known: Expected) -> Expected:
        open_ = 1.0 - closed_claims(known.package, self.developments)
        told = known.forecast
        forecast = replace(
            told,
            points=told.points * open_[:, None],
            mean_rate=told.mean_rate * open_,
            quarter_rate=told.quarter_rate * open_[:, None],
        )
        return replace(
            known,
            forecast=forecast,
            source_rates=known.source_rates * open_[:, None],
        )

    def _proceedings(self, package: Package, forecast: Forecast) -> Proceedings:
        known = proceedings(package, forecast.segments, self.clock.left)
        return replace(
            known,
            unspent_rate=self.clock.unspent_rate,
            sale_rate=self.root.proceedings.sale_rate,
        )


def _log_odds(rate: Floats) -> Floats:
    odds: Floats = logit(np.clip(rate, _CERTAIN, 1 - _CERTAIN))
    return odds


def _told(
    told: Forecast, before: Forecast, after: Forecast, timed: Forecast
) -> Forecast:
    """A forecast moved as the model's own moves with the facts, where there are any.

    Args:
        told: By time and cash.
        before: The model's own without the facts.
        after: With them.
        timed: With those that say when.
    """
    odds = _log_odds(told.mean_rate) - _log_odds(before.mean_rate)
    wanted = expit(odds + _log_odds(after.mean_rate))
    louder = (before.mean_rate != after.mean_rate) & (told.mean_rate > 0)
    points = told.points.copy()
    points[louder] = tilted(points[louder], wanted[louder])
    mean = points.mean(axis=1)
    turned = (before.quarter_rate != timed.quarter_rate).any(axis=1)
    rates = mean[:, None] * _turned(told, before, timed)
    rates = np.where((louder | turned)[:, None], rates, told.quarter_rate)
    return replace(told, points=points, mean_rate=mean, quarter_rate=rates)


def _turned(told: Forecast, before: Forecast, timed: Forecast) -> Floats:
    """Timing of what is left, moved as the model's own timing moves, (n, quarters)."""
    quarters = told.quarter_rate.shape[1]
    old = _normalised(before.quarter_rate)[:, :quarters]
    new = _normalised(timed.quarter_rate)[:, :quarters]
    turn = np.where(old > 0, new / np.where(old > 0, old, 1.0), 1.0)
    return _normalised(told.quarter_rate * turn)


def _normalised(parts: Floats, axis: int = 1) -> Floats:
    sums = parts.sum(axis=axis, keepdims=True)
    shares: Floats = parts / np.where(sums > 0, sums, 1.0)
    return shares
