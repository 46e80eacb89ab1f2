"""The major segments of the trade, told from product, obligor and security."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.package import Package, numbers

Segment = Literal[
    "corporate_secured",
    "corporate_unsecured",
    "mortgage",
    "personal_business",
    "personal_consumer",
    "card",
    "auto",
]
SEGMENTS: tuple[Segment, ...] = get_args(Segment)
SEGMENT_ZH: dict[str, str] = {
    "corporate_secured": "对公有抵押",
    "corporate_unsecured": "对公无抵押",
    "mortgage": "个人住房按揭",
    "personal_business": "个人经营贷",
    "personal_consumer": "个人消费贷",
    "card": "信用卡",
    "auto": "汽车贷款",
}
_BY_PRODUCT: dict[str, Segment] = {
    "mortgage_loan": "mortgage",
    "credit_card": "card",
    "auto_loan": "auto",
    "business_loan": "personal_business",
    "consumer_loan": "personal_consumer",
}
_SECURED = ("mortgaged", "pledged", "combined")


def segments(package: Package) -> npt.NDArray[np.str_]:
    """The segment of each claim, shape (n,).

    A product made for persons decides; then a personal obligor or package is
    consumer credit; every other claim is corporate, secured where the tape says so
    or shows collateral.
    """
    product = _column(package.claims, "product")
    personal = (_column(package.claims, "legal_type") == "person") | (
        _column(package.claims, "package_type") == "personal_bulk"
    )
    conditions = [product == name for name in _BY_PRODUCT]
    chosen = np.select(
        [*conditions, personal, secured(package)],
        [*_BY_PRODUCT.values(), "personal_consumer", "corporate_secured"],
        "corporate_unsecured",
    )
    return chosen.astype(np.str_)


def _column(table: pa.Table, name: str) -> npt.NDArray[np.object_]:
    values: npt.NDArray[np.object_] = table[name].to_numpy(zero_copy_only=False)
    return values


def secured(package: Package) -> npt.NDArray[np.bool_]:
    """Which claims have collateral, shape (n,): as stated, else where any is shown."""
    stated = np.isin(_column(package.claims, "security_type").astype(str), _SECURED)
    unknown = package.claims["security_type"].is_null().to_numpy(zero_copy_only=False)
    shown = np.isin(
        _column(package.claims, "claim_id").astype(str),
        _column(package.collateral, "claim_id").astype(str),
    ) | (np.nan_to_num(numbers(package.claims, "collateral_value")) > 0)
    has: npt.NDArray[np.bool_] = stated | (unknown & shown)
    return has
