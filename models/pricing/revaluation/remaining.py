"""What claims are still expected to pay on a day after the cut-off date.

Time and cash are told by the claim's own forecast (``posterior``). A new fact moves
that by what it is worth to the model: by the change of the log-odds of its mean, and of
its timing, between the same claims on the same day with and without the fact.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from scipy.special import expit, logit

from features.outcomes import Bools
from features.package import Floats, Package, claim_rows
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
from models.pricing.revaluation.sold import item_proceeds_yuan, with_sales
from models.pricing.sources import COLLATERAL
from models.pricing.valuation import Expected, Valuation
from models.recovery.model import Forecast

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
        package = with_facts(self.package, self.developments, kinds)
        known = self._shifted(known, package)
        if "auction" in kinds:
            prices = self.root.model.sale_prices
            known = with_sales(known, self.developments, self.on, prices)
        return self._closed(known) if "closed" in kinds else known

    @cached_property
    def _fresh(self) -> Forecast:
        return self.root.model.forecast(self.package)

    @cached_property
    def _fresh_proceeds(self) -> Floats:
        return self._proceeds(self.package)

    def _shifted(self, known: Expected, package: Package) -> Expected:
        """What the model makes of the facts, on the same day."""
        before, after = self._fresh, self.root.model.forecast(package)
        factor = self._collateral_factor(package)
        news = (factor != 1) | (before.mean_rate != after.mean_rate)
        news |= (before.quarter_rate != after.quarter_rate).any(axis=1)
        forecast = _told(known.forecast, before, after, news)
        shares = _shares(known.source_rates, factor)
        parted = np.where(
            news[:, None], forecast.quarter_rate * shares, known.source_rates
        )
        return Expected(package, forecast, parted, self._proceedings(package, forecast))

    def _collateral_factor(self, package: Package) -> Floats:
        """Proceeds of each claim's collateral with the facts over without, (n,)."""
        before, after = self._fresh_proceeds, self._proceeds(package)
        return np.where(before > 0, after / np.where(before > 0, before, 1.0), 1.0)

    def _proceeds(self, package: Package) -> Floats:
        """Expected proceeds of the collateral of each claim in yuan, shape (n,)."""
        if not len(package.collateral):
            return np.zeros(len(package))
        rows = claim_rows(package, package.collateral)
        proceeds = item_proceeds_yuan(package, self.root.model.sale_prices)
        summed = np.bincount(rows, proceeds, minlength=len(package))
        return summed.astype(np.float64)

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
        return replace(known, unspent_rate=self.clock.unspent_rate)


def _log_odds(rate: Floats) -> Floats:
    odds: Floats = logit(np.clip(rate, _CERTAIN, 1 - _CERTAIN))
    return odds


def _told(told: Forecast, before: Forecast, after: Forecast, news: Bools) -> Forecast:
    """A forecast moved as the model's own moves with the facts, where there are any."""
    odds = _log_odds(told.mean_rate) - _log_odds(before.mean_rate)
    wanted = expit(odds + _log_odds(after.mean_rate))
    louder = (before.mean_rate != after.mean_rate) & (told.mean_rate > 0)
    points = told.points.copy()
    points[louder] = tilted(points[louder], wanted[louder])
    mean = points.mean(axis=1)
    rates = mean[:, None] * _turned(told, before, after)
    rates = np.where(news[:, None], rates, told.quarter_rate)
    return replace(told, points=points, mean_rate=mean, quarter_rate=rates)


def _turned(told: Forecast, before: Forecast, after: Forecast) -> Floats:
    """Timing of what is left, moved as the model's own timing moves, (n, quarters)."""
    quarters = told.quarter_rate.shape[1]
    old = _normalised(before.quarter_rate)[:, :quarters]
    new = _normalised(after.quarter_rate)[:, :quarters]
    turn = np.where(old > 0, new / np.where(old > 0, old, 1.0), 1.0)
    return _normalised(told.quarter_rate * turn)


def _shares(source_rates: Floats, factor: Floats) -> Floats:
    """Share of each source in each quarter once collateral is worth otherwise.

    Args:
        source_rates: Before, shape (sources, n, quarters).
        factor: Worth of each claim's collateral over that before, shape (n,).
    """
    weights = source_rates.copy()
    weights[COLLATERAL] *= factor[:, None]
    gone = weights.sum(axis=0) <= 0
    weights[:, gone] = source_rates[:, gone]
    return _normalised(weights, axis=0)


def _normalised(parts: Floats, axis: int = 1) -> Floats:
    sums = parts.sum(axis=axis, keepdims=True)
    shares: Floats = parts / np.where(sums > 0, sums, 1.0)
    return shares
