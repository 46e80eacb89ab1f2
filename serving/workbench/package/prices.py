"""What buying at a price brings, asked for by a form or as a slider moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from serving.analyses.bid import ANALYSIS
from serving.analyses.bid_request import BidRequest
from serving.desk import Desk
from serving.record import Record
from serving.workbench.numbers import NOTHING
from serving.workbench.package.typed import Typed
from serving.workbench.view import View

Figures = Mapping[str, Any]
# The slider runs between these shares of the maximum bid, and to whatever is asked.
SLIDER_RANGE = (0.4, 1.2)

# Fields of the form by those of the question, where these have other names.
FIELDS: Mapping[str, str] = {
    "price_yuan": "price",
    "reserve_yuan": "reserve",
    "cap_yuan": "cap",
    "required_margin_rate": "margin",
}


def bid_request(typed: Typed, package: Figures) -> BidRequest:
    """The question of a form; its price is typed, or else where the slider stands.

    Args:
        typed: The form.
        package: Figures of the package: without a price, that of its assumptions or
            its maximum bid is meant.

    Raises:
        AssumptionError: A field cannot be used; the findings say which.
    """
    usual = package["at_price"] and package["at_price"]["price_yuan"]
    prices = (typed.yuan("price"), typed.yuan("slide"), usual)
    stated = {
        "price_yuan": next((p for p in prices if p is not None), None),
        "auction": typed.word("auction"),
        "bidders": typed.count("bidders"),
        "reserve_yuan": typed.yuan("reserve"),
        "cap_yuan": typed.yuan("cap"),
        "required_margin_rate": typed.rate("margin"),
    }
    return BidRequest.of({k: v for k, v in stated.items() if v is not None}, "")


def bid_answer(desk: Desk, record: Record, asked: BidRequest) -> Figures:
    """What the question ``bid`` is answered with."""
    answer: Figures = ANALYSIS.figures(desk, record, asked)
    return answer


def price_texts(view: View, at: Figures | None) -> Mapping[str, str]:
    """What a price brings, as the page shows it and as the slider does.

    Args:
        view: How the reader looks at it.
        at: The price that was asked about; None where the package is worth nothing.
    """
    if at is None:
        return dict.fromkeys(_SHOWN, NOTHING)
    return {name: show(view, at) for name, show in _SHOWN.items()}


def _payback(view: View, at: Figures) -> str:
    months = at["payback_months"]
    return NOTHING if months is None else view.text("bid.months", months=months)


_SHOWN: Mapping[str, Callable[[View, Figures], str]] = {
    "price": lambda view, at: view.amount(at["price_yuan"]),
    "irr": lambda view, at: view.share(at["irr_rate"]),
    "irr_if_won": lambda view, at: view.share(at["irr_if_won_rate"]),
    "multiple": lambda _, at: f"{at['multiple']:.2f}",
    "payback": _payback,
    "profit": lambda view, at: view.amount(at["expected_profit_yuan"]),
    "chance": lambda view, at: view.share(at["win_probability"]),
    "shortfall": lambda view, at: view.share(at["shortfall_probability"]),
}


@dataclass(frozen=True)
class Slider:
    """Where a slider begins, stands and ends.

    Attributes:
        least_yuan: Lowest price.
        at_yuan: The price that was asked about.
        most_yuan: Highest price.
    """

    least_yuan: float
    at_yuan: float
    most_yuan: float

    @classmethod
    def of(cls, maximum_yuan: float, price_yuan: float) -> "Slider":
        """A slider around the maximum bid that reaches the price."""
        low, high = (round(share * maximum_yuan, 2) for share in SLIDER_RANGE)
        return cls(min(low, price_yuan), price_yuan, max(high, price_yuan))
