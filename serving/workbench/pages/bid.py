"""What to bid, and what any price brings: by a form, and at once as a slider moves."""

from fastapi import Response
from fastapi.responses import JSONResponse

from features.errors import AssumptionError
from serving.analyses.bid_request import BidRequest
from serving.answers.names import words_zh
from serving.charts.bid import bid_chart
from serving.dependencies import DeskDep
from serving.workbench.package.faults import Fault, faults_of
from serving.workbench.package.layout import package_page
from serving.workbench.package.prices import (
    FIELDS,
    Figures,
    Slider,
    bid_answer,
    bid_request,
    price_texts,
)
from serving.workbench.package.typed import Typed
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

router = page_router()
PATH = "/{language:language}/valuations/{identifier}/bid"


@router.get(PATH)
def bid(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """The advised bid, and what the price of the form brings."""
    record = desk.record_of(identifier)
    package, typed = record.package_figures, Typed.of(view.query, view.unit)
    refusal = None
    try:
        asked = bid_request(typed, package)
    except AssumptionError as error:
        refusal, asked = error, bid_request(Typed({}, view.unit), package)
    answer = bid_answer(desk, record, asked)
    return package_page(
        view,
        desk,
        record,
        "bid.html",
        status_code=refusal.http_status if refusal else 200,
        faults=refusal and _faults(view, refusal, typed),
        typed=typed,
        asked=asked,
        answer=answer,
        shown=price_texts(view, answer["at_price"]),
        slider=_slider(answer, asked),
        chart=bid_chart(answer, view.language, view.unit),
        word=lambda word: words_zh().get(word, word) if view.language == "zh" else word,
    )


@router.get(f"{PATH}/figures")
def bid_figures(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """What the price of the form brings, as texts by the name of the figure.

    Where a field cannot be used, what is wrong with it in the words of the form.
    """
    record = desk.record_of(identifier)
    typed = Typed.of(view.query, view.unit)
    try:
        asked = bid_request(typed, record.package_figures)
    except AssumptionError as refusal:
        faults = _faults(view, refusal, typed)
        return JSONResponse({"refused": [f.sentence for f in faults]}, 422)
    answer = bid_answer(desk, record, asked)
    return JSONResponse(price_texts(view, answer["at_price"]))


def _faults(view: View, refusal: AssumptionError, typed: Typed) -> list[Fault]:
    """What is wrong with the question, at the fields of the form."""
    return faults_of(
        view, "bid", refusal.findings, typed, lambda name: FIELDS.get(name, name)
    )


def _slider(answer: Figures, asked: BidRequest) -> Slider | None:
    if asked.price_yuan is None or answer["at_price"] is None:
        return None
    return Slider.of(answer["maximum_bid_yuan"], asked.price_yuan)
