"""Which columns of a sheet of claims are of collateral, and of which item."""

from collections.abc import Mapping, Sequence

from features import catalogue
from features.reading.corrections import AS_READ, Corrections
from features.reading.headers import header_key, item_told
from features.reading.raw import OWNER

_WORTH, _SUM = "appraised_value", "collateral_value"
# What tells an item by itself.
_MAKES_ITEM = {
    *("collateral_id", "collateral_type", "collateral_address"),
    *("area_sqm", _WORTH),
}
# What a header has that speaks of collateral beyond doubt.
_TELLING = ("抵押", "质押", "押品", "担保物", "担保品", "评估", "collateral", "apprais")


def item_places(
    headers: Sequence[str], corrections: Corrections = AS_READ
) -> Mapping[int, Sequence[int]]:
    """Positions of the columns of each item of collateral among headers of claims.

    Args:
        headers: Headers of a sheet of claims.
        corrections: What somebody says of them.

    Returns:
        Positions by the number that headers give the item; 0 where they give none. One
        that says something of every item stands at each number.
    """
    of_items = [i for i, h in enumerate(headers) if _is_of_item(h, corrections)]
    # A first column 编号 numbers the rows, or the claims.
    of_items = [i for i in of_items if not _numbers_claims(headers[: i + 1])]
    numbers = {item_told(headers[i])[1] for i in of_items}
    # 抵押物评估价值 is the worth of all items unless more is said of one.
    worths = [i for i, h in enumerate(headers) if _may_be_worth(h, corrections)]
    of_items += [i for i in worths if item_told(headers[i])[1] in numbers]
    if not any(word in headers[i].casefold() for i in of_items for word in _TELLING):
        return {}
    found: dict[int, list[int]] = {}
    for position in sorted(of_items):
        found.setdefault(item_told(headers[position])[1], []).append(position)
    return _shared(headers, found, corrections)


def _shared(
    headers: Sequence[str], found: dict[int, list[int]], corrections: Corrections
) -> Mapping[int, Sequence[int]]:
    """The places, where columns without a number that make no item are of each one.

    抵押顺位 beside 抵押物1 and 抵押物2 is the rank on both.
    """
    plain = found.get(0, [])
    fields = {p: corrections.meaning("collateral", headers[p]) for p in plain}
    makes_item = any(met and met.field.name in _MAKES_ITEM for met in fields.values())
    if makes_item or not plain or len(found) == 1:
        return {number: found[number] for number in sorted(found)}
    return {n: [*plain, *found[n]] for n in sorted(found) if n}


def _is_of_item(header: str, corrections: Corrections) -> bool:
    """Whether a header of claims means collateral and nothing of a claim."""
    if not header or corrections.find("claims", header):
        return False
    if corrections.find("collateral", header):
        return True
    met = corrections.meaning("collateral", header)
    joining = {OWNER, *catalogue.joining_fields("collateral")}
    is_claims = corrections.meaning("claims", header) is not None
    return met is not None and met.field.name not in joining and not is_claims


def _numbers_claims(headers: Sequence[str]) -> bool:
    """Whether the last of some headers is the first, and a number of a claim if any."""
    doubtful = map(header_key, catalogue.field("claims", OWNER).doubtful)
    return not any(headers[:-1]) and header_key(headers[-1]) in doubtful


def _may_be_worth(header: str, corrections: Corrections) -> bool:
    """Whether a header says what collateral is worth, be it of one item or of all."""
    if not header or corrections.find("claims", header):
        return False
    of_claim = corrections.meaning("claims", header)
    of_item = corrections.meaning("collateral", header)
    names = [found.field.name for found in (of_claim, of_item) if found]
    return names == [_SUM, _WORTH]
