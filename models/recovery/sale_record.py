"""What a model has learnt of sales of collateral, as it is written to JSON."""

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from features.collateral.value import SalePrices, price_layout, sale_layout


class SalePricesRecord(BaseModel):
    """Sale prices as they are written to JSON; see ``SalePrices``.

    Attributes:
        price_columns: Names of the effects on price, in order.
        sale_columns: Names of the effects on the chance of a sale, in order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sales: float
    price_columns: tuple[str, ...]
    price_mean: tuple[float, ...]
    price_spread: tuple[tuple[float, ...], ...]
    noise_shape: float
    noise_scale: float
    sale_columns: tuple[str, ...]
    sale_mean: tuple[float, ...]

    @model_validator(mode="after")
    def _fits_the_declared_columns(self) -> Self:
        price, sale = price_layout().names, sale_layout().names
        if self.price_columns != price or self.sale_columns != sale:
            raise ValueError("sale prices were learnt for other columns: train again")
        widths = {len(row) for row in self.price_spread} | {len(self.price_spread)}
        if {len(self.price_mean)} | widths != {len(price)}:
            raise ValueError("effects on price do not fit their columns")
        if len(self.sale_mean) != len(sale):
            raise ValueError("effects on the chance of a sale do not fit their columns")
        return self

    @classmethod
    def of(cls, prices: SalePrices) -> Self:
        """The record of sale prices."""
        return cls(
            sales=prices.sales,
            price_columns=price_layout().names,
            price_mean=tuple(prices.price_mean.tolist()),
            price_spread=tuple(map(tuple, prices.price_spread.tolist())),
            noise_shape=prices.noise_shape,
            noise_scale=prices.noise_scale,
            sale_columns=sale_layout().names,
            sale_mean=tuple(prices.sale_mean.tolist()),
        )

    def prices(self) -> SalePrices:
        """The sale prices, to the bit."""
        return SalePrices(
            self.sales,
            np.array(self.price_mean),
            np.array(self.price_spread),
            self.noise_shape,
            self.noise_scale,
            np.array(self.sale_mean),
        )
