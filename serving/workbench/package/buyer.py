"""A buyer as a form states it: what is left empty cannot be judged."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, get_args

from models.pricing.mandate.rules import BuyerKind
from serving.analyses.mandate import MandateRequest
from serving.workbench.package.typed import Typed

KINDS: tuple[BuyerKind, ...] = get_args(BuyerKind)
# Fields of the form by those of the buyer.
AMOUNTS: Mapping[str, str] = {
    "net_assets": "net_assets_yuan",
    "borrowings": "borrowings_yuan",
    "liquid_assets": "quality_liquid_assets_yuan",
    "outflow": "net_outflow_30d_yuan",
    "related_exposure": "related_exposure_yuan",
}
YEARS_BEFORE = 2
_FIELDS: Mapping[str, str] = {
    **{field: name for name, field in AMOUNTS.items()},
    "price_yuan": "price",
    "borrowed_share": "borrowed",
    "pilot_licence": "licence",
}
_YEAR = re.compile(r"years/(\d+)(/\w+)?")


def mandate_request(typed: Typed, bid_year: int) -> MandateRequest:
    """The question of a form.

    Args:
        typed: The form.
        bid_year: Year of the bid, whose new investment counts with the two before.

    Raises:
        AssumptionError: A field cannot be used; the findings say which.
    """
    stated = {
        "buyer": _present(_buyer(typed, bid_year)),
        "price_yuan": typed.yuan("price"),
        "borrowed_share": typed.rate("borrowed"),
        "bid_date": typed.word("bid_date"),
    }
    return MandateRequest.of(_present(stated), "")


def years_of(bid_year: int) -> range:
    """The years whose new investment counts."""
    return range(bid_year - YEARS_BEFORE, bid_year + 1)


def bid_year_of(typed: Typed, cutoff: str) -> int:
    """Year of the bid: of the day that is typed, if it is one, or of the cut-off."""
    try:
        return date.fromisoformat(typed.word("bid_date") or cutoff).year
    except ValueError:
        return date.fromisoformat(cutoff).year


def form_field(field: str, typed: Typed, bid_year: int) -> str:
    """The field of the form by that of the question, such as ``npl_2025``."""
    name = field.removeprefix("buyer/")
    entry = _YEAR.fullmatch(name)
    if entry is None:
        return _FIELDS.get(name, name)
    stated = [
        y for y in years_of(bid_year) if f"new_{y}" in typed or f"npl_{y}" in typed
    ]
    part = "new" if entry[2] == "/new_investment_yuan" else "npl"
    return f"{part}_{stated[int(entry[1])]}"


def _buyer(typed: Typed, bid_year: int) -> Mapping[str, Any]:
    return {
        "kind": typed.word("kind") or KINDS[0],
        "home_province": typed.word("home_province"),
        **{field: typed.yuan(name) for name, field in AMOUNTS.items()},
        "years": list(_years(typed, bid_year)) or None,
        "holdings": [] if "no_holdings" in typed else None,
        "related_party_ids": [] if "no_related" in typed else None,
        "pilot_licence": {"yes": True, "no": False}.get(typed.word("licence") or ""),
    }


def _years(typed: Typed, bid_year: int) -> Iterator[Mapping[str, Any]]:
    for year in years_of(bid_year):
        new, npl = typed.yuan(f"new_{year}"), typed.yuan(f"npl_{year}")
        if new is not None or npl is not None:
            entry = {"new_investment_yuan": new, "financial_npl_yuan": npl}
            yield {"year": year, **_present(entry)}


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
