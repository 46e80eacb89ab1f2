"""Who sells what and when: packages, their claims, and the climate of each quarter."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from features.package import Floats, Ints
from features.sources.market.chance import Rng, choose
from features.sources.market.priors import KINDS, Market, PackageKind

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Offering:
    """Claims as they are offered; packages in order of time, claims by package.

    Attributes:
        package: Package of each claim, shape (n,).
        segment: Segment of each claim, shape (n,).
        seller: Seller of each package, shape (packages,).
        kind: Kind of each package, position in ``KINDS``, shape (packages,).
        cutoff: Cut-off date of each package, days since 1970, shape (packages,).
        quarter: Quarter of that date since the first one, shape (packages,).
    """

    package: Ints
    segment: Ints
    seller: Ints
    kind: Ints
    cutoff: Floats
    quarter: Ints

    def __len__(self) -> int:
        """Number of claims."""
        return len(self.package)

    @property
    def claim_cutoff(self) -> Floats:
        """Cut-off date of each claim, days since 1970, shape (n,)."""
        return self.cutoff[self.package]

    @property
    def claim_quarter(self) -> Ints:
        """Quarter of the cut-off date of each claim, shape (n,)."""
        return self.quarter[self.package]


@dataclass(frozen=True)
class Climate:
    """Factors that all claims of a quarter share, as logarithms of a level.

    Attributes:
        segment: Shape (segments, quarters).
        province: Shape (provinces, quarters).
        asset: Shape (kinds of asset, quarters).
    """

    segment: Floats
    province: Floats
    asset: Floats


def offer_over_time(
    market: Market, claims: int, first: date, last: date, rng: Rng
) -> Offering:
    """Packages spread evenly over time, the kinds taking turns."""
    usual = market.packages.claims_per_package
    packages = max(len(market.packages.turns), round(claims / usual))
    position = (np.arange(packages) + rng.random(packages)) / packages
    cutoff = _month_ends(first, last, position)
    kind = _take_turns(market, packages, rng)
    sizes = _sizes(market, kind, claims, rng)
    return _offering(market, kind, cutoff, sizes, rng)


def offer_one(
    market: Market, kind: PackageKind, claims: int, cutoff: date, rng: Rng
) -> Offering:
    """A single package."""
    days = np.array([_day_number(cutoff)])
    position = np.array([KINDS.index(kind)])
    return _offering(market, position, days, np.array([claims]), rng)


def draw_climate(market: Market, quarters: int, rng: Rng) -> Climate:
    """Vintage factors: each quarter remembers a part of the one before."""
    common = _persistent(market, (1, quarters), rng)
    own = _persistent(market, (len(market.segments), quarters), rng)
    weight = market.climate.common_weight
    blend = np.sqrt(weight) * common + np.sqrt(1.0 - weight) * own
    provinces = _persistent(market, (len(market.provinces), quarters), rng)
    assets = _persistent(market, (len(market.assets), quarters), rng)
    return Climate(
        segment=market.segment_values("shock_sd")[:, None] * blend,
        province=market.sale.province_shock_sd * provinces,
        asset=market.sale.asset_shock_sd * assets,
    )


def _persistent(market: Market, shape: tuple[int, int], rng: Rng) -> Floats:
    """Standard normal series, autocorrelated along the last axis."""
    memory = market.climate.persistence
    series = rng.standard_normal(shape)
    for quarter in range(1, shape[1]):
        fresh = np.sqrt(1.0 - memory**2) * series[:, quarter]
        series[:, quarter] = memory * series[:, quarter - 1] + fresh
    return series


def _offering(
    market: Market, kind: Ints, cutoff: Floats, sizes: Ints, rng: Rng
) -> Offering:
    package = np.repeat(np.arange(len(kind)), sizes)
    mix = _mix(market, kind, rng)
    segment = choose(rng, mix[package], len(package))
    order = np.lexsort((segment, package))
    return Offering(
        package=package,
        segment=segment[order],
        seller=_sellers(market, kind, rng),
        kind=kind,
        cutoff=cutoff,
        quarter=_quarters(cutoff),
    )


def _month_ends(first: date, last: date, position: Floats) -> Floats:
    """Ends of months, days since 1970, at positions within [0, 1) of a range."""
    start, end = np.datetime64(first, "M"), np.datetime64(last, "M")
    months = start + (position * ((end - start).astype(int) + 1)).astype(int)
    days = (months + 1).astype("datetime64[D]").astype(np.float64) - 1.0
    ends: Floats = np.minimum(days, _day_number(last))
    return ends


def _day_number(day: date) -> float:
    return float((day - EPOCH).days)


def _quarters(cutoff: Floats) -> Ints:
    """Calendar quarter of each day, from 0 at the earliest, shape (packages,)."""
    months = cutoff.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    quarters: Ints = months // 3 - months.min() // 3
    return quarters


def _take_turns(market: Market, packages: int, rng: Rng) -> Ints:
    """Kind of each package: every round holds the declared kinds, shuffled."""
    kinds = np.array([KINDS.index(k) for k in market.packages.turns])
    rounds = np.tile(kinds, (packages // len(kinds) + 1, 1))
    shuffled: Ints = rng.permuted(rounds, axis=1).ravel()[:packages]
    return shuffled


def _sizes(market: Market, kind: Ints, claims: int, rng: Rng) -> Ints:
    """Claims per package, adding up exactly, shape (packages,)."""
    shares = market.segment_values("share")
    by_kind = np.array([shares[market.segments_of(k)].sum() for k in KINDS])
    packages = np.bincount(kind, minlength=len(KINDS))
    usual = by_kind[kind] / packages[kind]
    weight = usual * rng.gamma(market.packages.size_shape, size=len(kind))
    bounds = np.floor(np.cumsum(weight) / weight.sum() * claims + 0.5)
    sizes: Ints = np.diff(bounds, prepend=0.0).astype(np.int64)
    return sizes


def _mix(market: Market, kind: Ints, rng: Rng) -> Floats:
    """Weight of each segment in each package, shape (packages, segments)."""
    kinds = [s.kind for s in market.segments.values()]
    belongs = np.array(KINDS)[kind][:, None] == np.array(kinds)
    tilt = rng.standard_normal(belongs.shape) * market.packages.mix_spread
    weights: Floats = belongs * market.segment_values("share") * np.exp(tilt)
    return weights


def _sellers(market: Market, kind: Ints, rng: Rng) -> Ints:
    sells = np.array([[k in s.sells for s in market.sellers] for k in KINDS])
    return choose(rng, sells[kind].astype(float), len(kind))
