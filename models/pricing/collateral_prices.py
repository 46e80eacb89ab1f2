"""What collateral brings if all prices turn out otherwise, without asking anew."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from features.collateral.items import Burdens, item_share, owned_yuan
from features.collateral.value import SaleOutlook, SalePrices
from features.package import Floats, Ints, Package


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
        outlook = SaleOutlook.of(package, prices)
        points = prices.standard_points[:, None]
        ratio = np.exp(outlook.centre + outlook.scale * points)
        sold = outlook.sold_in(quarters).sum(axis=1)
        return cls(
            np.nan_to_num(ratio * owned_yuan(package.tables.collateral)),
            Burdens.of(package),
            item_share(package) * sold,
            package.tables.collateral_claim,
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
