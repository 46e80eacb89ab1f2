"""How far each driver alone moves the bid, from its bad end to its good one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from models.pricing.levers import Levers
from models.pricing.package import LEVELS, PackageRange
from models.pricing.projection import Projection
from models.pricing.stress.scenario_set import Driver

P10, P90 = LEVELS.index(0.10), LEVELS.index(0.90)
Basis = Literal["simulated", "declared prior"]


@dataclass(frozen=True)
class Ends:
    """What is plausible of a driver.

    Attributes:
        driver: The driver.
        adverse: Its bad end.
        favourable: Its good end.
        basis: Where both come from.
    """

    driver: Driver
    adverse: float
    favourable: float
    basis: Basis

    @property
    def why(self) -> tuple[str, str]:
        """Reason for the ends, in English and in Chinese."""
        driver = self.driver
        if driver.simulated_spread and self.basis == "declared prior":
            return driver.why_declared, driver.why_declared_zh
        return driver.why, driver.why_zh


@dataclass(frozen=True)
class Swing:
    """What a driver does to the bid at both its ends.

    Attributes:
        ends: The ends.
        adverse_yuan: Change of the bid at the bad one.
        favourable_yuan: Change of it at the good one.
    """

    ends: Ends
    adverse_yuan: float
    favourable_yuan: float

    @property
    def width_yuan(self) -> float:
        """Distance between both bids."""
        return abs(self.favourable_yuan - self.adverse_yuan)


def plausible(driver: Driver, simulated: PackageRange, gross_yuan: float) -> Ends:
    """The ends of a driver for a package, from its own spread where that says.

    Args:
        driver: The driver.
        simulated: Range of the package.
        gross_yuan: Its expected gross cash.
    """
    if driver.simulated_spread and gross_yuan > 0:
        low = float(simulated.gross_yuan[P10]) / gross_yuan
        high = float(simulated.gross_yuan[P90]) / gross_yuan
        if driver.least <= low < 1.0 < high:
            return Ends(driver, low, min(high, driver.most), "simulated")
    by_quantile = driver.unit == "quantile"
    basis: Basis = "simulated" if by_quantile else "declared prior"
    return Ends(driver, driver.adverse, driver.favourable, basis)


def tornado(projection: Projection, ends: Iterable[Ends]) -> list[Swing]:
    """What each driver does to the bid, the widest first.

    Args:
        projection: The cash of the package under levers.
        ends: What is plausible of each driver.
    """
    usual = projection.bid_yuan(Levers())
    swings = [_swing(projection, each, usual) for each in ends]
    return sorted(swings, key=lambda s: (-s.width_yuan, s.ends.driver.lever))


def _swing(projection: Projection, ends: Ends, usual_yuan: float) -> Swing:
    at = ends.driver.at
    return Swing(
        ends,
        projection.bid_yuan(at(ends.adverse)) - usual_yuan,
        projection.bid_yuan(at(ends.favourable)) - usual_yuan,
    )
