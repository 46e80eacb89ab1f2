"""What sellers leave out: by seller, by package, by field, and more for bad files."""

import numpy as np
from scipy.special import logit

from features.package import Floats, Ints
from features.sources.market.chance import Rng, logistic, mixed
from features.sources.market.offering import Offering
from features.sources.market.priors import Market
from features.sources.market.tape import Columns, only


def neglect(willingness: Floats, rng: Rng) -> Floats:
    """How badly each file was kept, standard normal: hopeless ones worse."""
    return mixed(rng, -willingness, 0.5)


def with_gaps(
    market: Market,
    table: str,
    columns: Columns,
    offering: Offering,
    claim: Ints,
    neglected: Floats,
    rng: Rng,
) -> Columns:
    """The columns of a table with the values removed that the seller leaves out.

    Args:
        market: The priors.
        table: ``claims``, ``collateral`` or ``guarantees``.
        columns: The whole truth, shape (k,) each.
        offering: The claims and who sells them.
        claim: Row of the claim that each row belongs to, shape (k,).
        neglected: How badly each file was kept, shape (n,).
        rng: Source of chance.
    """
    rates = getattr(market.gaps, table)
    care = np.array([s.care for s in market.sellers])[offering.seller]
    package = offering.package[claim]
    file = market.gaps.neglect * neglected[claim]
    shown = dict(columns)
    for name, rate in rates.items():
        habit = rng.normal(0.0, market.gaps.package_spread, len(care)) - care
        missing = rng.random(len(claim)) < logistic(logit(rate) + habit[package] + file)
        shown[name] = only(~missing, columns[name])
    return shown
