"""What is left of claims under work, foretold four ways and held against what came.

Work-outs are simulated: models learn what was known before a year, price the claims of
that year at their cut-off, and are asked again months later, when some have paid, some
have closed and most are silent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    closed_workouts,
    months_between,
    period_of,
    recoveries,
)
from features.package import Floats, Package, days
from models.pricing.revaluation.clock import advanced
from models.pricing.revaluation.facts import moved_claims
from models.pricing.revaluation.posterior import remaining_points
from models.pricing.revaluation.priors import declared
from models.recovery.model import Forecast, RecoveryModel
from training.config import Config
from training.metrics import crps, package_error
from training.pipeline import train
from training.splits import window

AFTER_MONTHS = (6, 12, 24)
PACKAGE_CLAIMS = 200
PACKAGES = 400
WAYS = ("original_less_cash", "original_curve", "afresh", "revalued")
Bools = npt.NDArray[np.bool_]
Points = dict[str, Floats]


@dataclass(frozen=True)
class WorkedYear:
    """The claims of a year, their forecast and all that came of them.

    Attributes:
        year: The year of their cut-off.
        model: Learnt from what was known before it.
        package: The claims.
        forecast: Of the claims at their cut-off.
        paid: Recovered over claim by the end of each month, shape (n, months).
        end_months: Months from cut-off to the end of each work-out, (n,).
    """

    year: int
    model: RecoveryModel
    package: Package
    forecast: Forecast
    paid: Floats
    end_months: Floats

    def received(self, months: int) -> Floats:
        """Recovered over claim in the first months, shape (n,)."""
        paid: Floats = self.paid[:, months - 1]
        return paid

    def came_later(self, months: int) -> Floats:
        """Recovered over claim after them, within the horizon, shape (n,)."""
        later: Floats = self.paid[:, -1] - self.received(months)
        return later


@dataclass(frozen=True)
class WayFigures:
    """How well one way foretold what was left.

    Attributes:
        way: Its name.
        rmse: Root mean square error, over claim.
        crps: Continuous ranked probability score, over claim.
        actual_to_expected: What came over what was foretold.
        package_error: Mean error of the cash of packages of 200 claims, over it.
    """

    way: str
    rmse: float
    crps: float
    actual_to_expected: float
    package_error: float


@dataclass(frozen=True)
class Asked:
    """All ways, asked so many months after the cut-off.

    Attributes:
        months: Months since cut-off.
        closings_told: Whether closed work-outs were known and left out.
        claims: Claims asked about.
        silent: Share of them that had paid nothing.
        ways: Figures of each way.
    """

    months: int
    closings_told: bool
    claims: int
    silent: float
    ways: tuple[WayFigures, ...]


def worked_year(history: History, year: int, config: Config) -> WorkedYear:
    """Learn from before a year, forecast its claims, and keep what came of them."""
    chosen = window(history, year)
    model, test = train(chosen.train, config).model, chosen.test
    cutoff = days(test.package.claims, "cutoff_date")
    end = months_between(cutoff, days(test.workouts, "status_date"))
    months = MONTHS_PER_QUARTER * config.horizon.quarters
    return WorkedYear(
        year,
        model,
        test.package,
        model.forecast(test.package),
        _paid(test, months),
        np.where(closed_workouts(test), end, np.inf),
    )


def _paid(history: History, months: int) -> Floats:
    cash = recoveries(history)
    month = period_of(cash.months)
    chosen = month < months
    monthly = np.zeros((len(history), months))
    np.add.at(monthly, (cash.claim[chosen], month[chosen]), cash.rate[chosen])
    return np.minimum(np.cumsum(monthly, axis=1), 1.0)


def foretold(worked: WorkedYear, months: int) -> Points:
    """Equally likely recoveries still to come over claim, by way, (n, points) each."""
    forecast, received = worked.forecast, worked.received(months)
    left, _ = advanced(forecast.quarter_rate, forecast.month_shape, months)
    passed = np.clip(1.0 - left.sum(axis=1) / forecast.mean_rate, 0.0, 1.0)
    doubt = declared().silence.doubt_rate
    points = forecast.points
    return {
        "original_less_cash": np.maximum(points - received[:, None], 0.0),
        "original_curve": points * (1.0 - passed)[:, None],
        "afresh": _afresh(worked, months),
        "revalued": remaining_points(points, passed, received, doubt),
    }


def _afresh(worked: WorkedYear, months: int) -> Floats:
    """The claims as if they were new, within what is left of the horizon."""
    owed, received = worked.package.claim_yuan(), worked.received(months)
    claims = worked.package.claims
    on = [
        (pd.Timestamp(day) + pd.DateOffset(months=months)).date()
        for day in claims["cutoff_date"].to_pylist()
    ]
    later = moved_claims(claims, on, owed * (1.0 - received))
    forecast = worked.model.forecast(replace(worked.package, claims=later))
    beyond, _ = advanced(
        forecast.quarter_rate, forecast.month_shape, worked.paid.shape[1] - months
    )
    within = 1.0 - beyond.sum(axis=1) / forecast.mean_rate
    scaled: Floats = forecast.points * (within * (1.0 - received))[:, None]
    return scaled


def asked(worked: Iterable[WorkedYear], seed: int) -> Iterator[Asked]:
    """All years together, asked after each number of months."""
    years = list(worked)
    for months in AFTER_MONTHS:
        points = [foretold(year, months) for year in years]
        later = np.concatenate([y.came_later(months) for y in years])
        ended = np.concatenate([y.end_months <= months for y in years])
        silent = np.concatenate([y.received(months) == 0 for y in years])
        owed = np.concatenate([y.package.claim_yuan() for y in years])
        every = {way: np.concatenate([p[way] for p in points]) for way in WAYS}
        for told in (True, False):
            chosen = ~ended if told else np.ones_like(ended)
            yield Asked(
                months,
                told,
                int(chosen.sum()),
                float(silent[chosen].mean()),
                tuple(_figures(every, later, owed, chosen, seed)),
            )


def _figures(
    every: Mapping[str, Floats], later: Floats, owed: Floats, chosen: Bools, seed: int
) -> Iterator[WayFigures]:
    came, claim = later[chosen], owed[chosen]
    for way in WAYS:
        points = every[way][chosen]
        mean = points.mean(axis=1)
        yield WayFigures(
            way,
            float(np.sqrt(np.mean((mean - came) ** 2))),
            float(crps(points, came).mean()),
            float(came.sum() / mean.sum()),
            package_error(claim * mean, claim * came, PACKAGE_CLAIMS, PACKAGES, seed),
        )


def figures(found: Iterable[Asked], years: Iterable[int]) -> dict[str, Any]:
    """Everything as plain figures."""
    return {
        "simulated": True,
        "years": list(years),
        "asked": [asdict(one) for one in found],
    }


def as_markdown(found: Iterable[Asked]) -> str:
    """The table of docs/revaluation.md."""
    head = (
        "| months | closings | claims | silent | way | RMSE | CRPS | actual / expected "
        "| package error |\n|---:|---|---:|---:|---|---:|---:|---:|---:|"
    )
    return "\n".join([head, *(row for one in found for row in _rows(one))])


def _rows(one: Asked) -> Iterator[str]:
    told = "told" if one.closings_told else "not told"
    for way in one.ways:
        name = way.way.replace("_", " ")
        yield (
            f"| {one.months} | {told} | {one.claims:,} | {one.silent:.0%} | {name} "
            f"| {way.rmse:.4f} | {way.crps:.4f} | {way.actual_to_expected:.2f} "
            f"| {way.package_error:.1%} |"
        )
