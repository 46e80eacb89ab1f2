"""What is believed of auctions before any was seen, read from ``bidding.toml``."""

import tomllib
from functools import cache
from pathlib import Path

from features.checked import Checked

DECLARED = Path(__file__).with_name("bidding.toml")


class Estimates(Checked):
    """Standard deviations of log estimates and of log values; see ``bidding.toml``."""

    signal_sd: float
    value_sd: float

    @property
    def own_variance(self) -> float:
        """Variance that a signal's error leaves in the estimate made from it.

        The estimate weighs the signal by ``value_sd² / (value_sd² + signal_sd²)``, the
        rest being what everybody knows (Milgrom and Weber 1982, lognormal case).
        """
        weight = self.value_sd**2 / (self.value_sd**2 + self.signal_sd**2)
        return (weight * self.signal_sd) ** 2


class Rivals(Checked):
    """Beliefs about the highest rival bid; see ``bidding.toml``."""

    shading: float
    shading_sd: float
    competition: float
    competition_sd: float
    appetite_sd: float
    log_spread_sd: float
    package_type_sd: float
    tenfold_claim: float
    tenfold_claim_sd: float
    typical_claim_yuan: float
    typical: float
    typical_sd: float
    typical_auctions: int
    largest_log_ratio: float


class Purchases(Checked):
    """Beliefs about what purchases paid; see ``bidding.toml``."""

    level: float
    level_sd: float
    shared: float
    shared_sd: float
    noise: float
    noise_purchases: int


class Past(Checked):
    """How the record of past auctions was made."""

    return_rate: float


class Priors(Checked):
    """Every belief about auctions."""

    estimates: Estimates
    rivals: Rivals
    purchases: Purchases
    history: Past


@cache
def declared_priors() -> Priors:
    """The beliefs that ``bidding.toml`` declares, each with its reason there."""
    return Priors.model_validate(tomllib.loads(DECLARED.read_text("utf-8")))
