"""The major segments of the trade, told from product, obligor and security."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from features.columns import Ints, Tabled, Tables
from features.compiled import compiled

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
CORPORATE = frozenset[str]({"corporate_secured", "corporate_unsecured"})
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
_PRODUCTS = tuple(_BY_PRODUCT)
_OF_PLACE = np.array(
    [
        *_BY_PRODUCT.values(),
        "personal_consumer",
        "corporate_secured",
        "corporate_unsecured",
    ]
)
_CONSUMER, _SECURED_CORPORATE, _BARE_CORPORATE = range(
    len(_PRODUCTS), len(_PRODUCTS) + 3
)
_SECURED = ("mortgaged", "pledged", "combined")


def segments(package: Tabled) -> npt.NDArray[np.str_]:
    """The segment of each claim, shape (n,).

    A product made for persons decides; then a personal obligor or package is
    consumer credit, as is whoever has an age where neither product nor kind of obligor
    is stated; every other claim is corporate, secured where the tape says so or shows
    collateral.
    """
    tables = package.tables
    if "segments" not in tables.memo:
        tables.memo["segments"] = _told(tables)
    found: npt.NDArray[np.str_] = tables.memo["segments"]
    return found


def _told(tables: Tables) -> npt.NDArray[np.str_]:
    claims = tables.claims
    place = claims.places("product", _PRODUCTS)
    untold = np.isnan(place)
    if untold.any():
        personal = claims.says("legal_type", "person")
        personal |= claims.says("package_type", "personal_bulk")
        unsaid = claims.silent("product") & claims.silent("legal_type")
        personal |= unsaid & ~np.isnan(claims.numbers("age"))
        otherwise = np.where(secured(tables), _SECURED_CORPORATE, _BARE_CORPORATE)
        place = np.where(untold, np.where(personal, _CONSUMER, otherwise), place)
    return _OF_PLACE[place.astype(np.int64)]


def segment_places(segments: npt.NDArray[np.str_]) -> Ints:
    """Place of each claim's segment in SEGMENTS, one beyond for any other, (n,)."""
    places = np.empty(len(segments), np.int64)
    _find_places(_letters(segments), _LETTERS, places)
    return places


def _letters(words: npt.NDArray[np.str_]) -> npt.NDArray[np.uint32]:
    """Code points of words, shape (n, letters of the longest), 0 past their ends."""
    laid_out = np.ascontiguousarray(words)
    return laid_out.view(np.uint32).reshape(len(words), laid_out.itemsize // 4)


_LETTERS = _letters(np.array(SEGMENTS))


@compiled
def _find_places(
    words: npt.NDArray[np.uint32], known: npt.NDArray[np.uint32], places: Ints
) -> None:
    """Place of each word among known ones, one beyond for any other."""
    for row in range(len(words)):
        places[row] = len(known)
        for place in range(len(known)):
            if _is_same(words[row], known[place]):
                places[row] = place
                break


@compiled
def _is_same(word: npt.NDArray[np.uint32], other: npt.NDArray[np.uint32]) -> bool:
    for at in range(max(len(word), len(other))):
        letter = word[at] if at < len(word) else np.uint32(0)
        if letter != (other[at] if at < len(other) else np.uint32(0)):
            return False
    return True


def secured(package: Tabled) -> npt.NDArray[np.bool_]:
    """Which claims have collateral, shape (n,): as stated, else where any is shown."""
    tables = package.tables
    shown = tables.claims.numbers("collateral_value") > 0
    shown[tables.collateral_claim] = True
    stated = tables.claims.says("security_type", *_SECURED)
    has: npt.NDArray[np.bool_] = stated | (
        tables.claims.silent("security_type") & shown
    )
    return has
