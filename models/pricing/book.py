"""The range of a book that is priced in partitions, on one machine or on many.

Claims of all partitions share the factors of their vintages, segments and regions, so
that percentiles of partitions do not add up. Their moments given the factors do.
"""

import numpy as np

from features.columns import Tabled
from models.pricing.claim_prices import ClaimPrices
from models.pricing.fen import to_yuan
from models.pricing.moments import Cells, ConditionalMoments
from models.pricing.package import SumRange, worths
from models.recovery.factors import Factors, factor_groups, regions, vintages


def partition_moments(
    prices: ClaimPrices, package: Tabled, factors: Factors
) -> ConditionalMoments:
    """What a partition has to tell for the range of the book.

    Args:
        prices: Prices of its claims.
        package: The claims.
        factors: Correlations of the claims' latent recoveries.
    """
    forecast, vintage = prices.forecast, vintages(package)
    expected = np.where(forecast.mean_rate > 0, forecast.mean_rate, 1.0)
    full_yuan = package.tables.claim_yuan * prices.counted_rate / expected
    return ConditionalMoments.of(
        forecast.points,
        worths(forecast.points, full_yuan, to_yuan(prices.present_value_fen)),
        factors,
        Cells(vintage, forecast.segments, regions(package)),
        factor_groups(package, forecast.segments, vintage),
    )


def book_range(moments: ConditionalMoments, simulations: int, seed: int) -> SumRange:
    """Percentiles of gross cash and present value of all partitions.

    Args:
        moments: Of all partitions, added up.
        simulations: Number of scenarios.
        seed: Seed of the scenarios.
    """
    sums = moments.sums(simulations, seed)
    return SumRange.of(sums, moments.factors, simulations)
