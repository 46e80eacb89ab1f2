"""What collateral brings if all prices turn out otherwise, without asking anew."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from features.collateral import Burdens, item_share, owned_yuan
from features.collateral_value import SalePrices, price_design, sale_timing
from features.package import Floats, Ints, Package, claim_rows
from features.sale_effects import facts


@dataclass(frozen=True)
class CollateralPrices:
    """Equally likely prices of the items behind the claims of a package.

    Attributes:
        worth_yuan: Price of what the pledgor owns, nothing where it has no appraisal,
            shape (points, k).
        burdens: What of it never reaches the lender.
        counted: Share of each row in its item, times the chance of a sale, shape (k,).
        rows: Claim of each row of collateral, shape (k,).
        claims: Number of claims.
    """

    worth_yuan: Floats
    burdens: Burdens
    counted: Floats
    rows: Ints
    claims: int

    @classmethod
    def of(cls, package: Package, prices: SalePrices, quarters: int) -> Self:
        """The prices of a package's collateral.

        Args:
            package: Claims and collateral, at least one row of it.
            prices: What is known of sales.
            quarters: Quarters since cut-off whose sales count.
        """
        known = price_design(facts(package))
        centre = known.dot(prices.price_mean)
        spread = 1.0 + known.variance(prices.price_spread)
        scale = np.sqrt(prices.noise_variance * spread)
        ratio = np.exp(centre + scale * prices.standard_points[:, None])
        sold = sale_timing(package, prices, quarters).sum(axis=1)
        return cls(
            np.nan_to_num(ratio * owned_yuan(package.collateral)),
            Burdens(package.collateral),
            item_share(package, package.claim_yuan()) * sold,
            claim_rows(package, package.collateral),
            len(package),
        )

    def brought_yuan(self, factor: float) -> Floats:
        """Expected cash of each claim's collateral, never falling as prices rise, (n,).

        Args:
            factor: On every price; those ahead of the lender are owed what they were.
        """
        net = self.burdens.net_yuan(factor * self.worth_yuan).mean(axis=0)
        yuan = np.bincount(self.rows, net * self.counted, minlength=self.claims)
        return yuan.astype(np.float64)
