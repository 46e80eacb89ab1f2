"""What a purchase comes to if things turn out as a reader supposes, by a form."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from fastapi import Response

from features.errors import AssumptionError
from models.pricing.stress.purchase import HURDLES
from models.pricing.stress.scenario_set import standard_set
from serving.analyses.scenarios import ANALYSIS, ScenariosRequest
from serving.dependencies import DeskDep
from serving.workbench.numbers import NOTHING, points
from serving.workbench.package.faults import faults_of
from serving.workbench.package.layout import package_page
from serving.workbench.package.levers import LEVERS, form_field, what_if_request
from serving.workbench.package.typed import Typed
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

router = page_router()
Facts = Mapping[str, Any]


@router.get("/{language:language}/valuations/{identifier}/what-if")
def what_if(view: ViewDep, desk: DeskDep, identifier: str) -> Response:
    """The package as supposed beside it as expected, and what makes it fail."""
    record = desk.record_of(identifier)
    typed = Typed.of(view.query, view.unit)
    refusal = None
    try:
        asked = what_if_request(typed)
        answer = ANALYSIS.figures(desk, record, asked)
    except AssumptionError as error:
        refusal, asked = error, what_if_request(Typed({}, view.unit))
        answer = ANALYSIS.figures(desk, record, asked)
    return package_page(
        view,
        desk,
        record,
        "what_if.html",
        status_code=refusal.http_status if refusal else 200,
        faults=refusal
        and faults_of(view, "what_if", refusal.findings, typed, form_field),
        typed=typed,
        asked=asked,
        answer=answer,
        levers=LEVERS,
        hurdles=HURDLES,
        outcomes=answer["scenarios"],
        break_evens=_by_driver(answer["break_evens"]),
        shown=partial(_shown, view),
        levers_told=_told(view, asked),
    )


def _told(view: View, asked: ScenariosRequest) -> str:
    """What is supposed in words, which paper keeps where the form is gone."""
    told = [
        f"{driver.title_zh if view.language == 'zh' else driver.title} "
        + _shown(view, {"unit": driver.unit}, value)
        for own in asked.own_scenarios
        for lever, value in own.levers.model_dump(exclude_unset=True).items()
        for driver in (standard_set().driver(lever),)
    ]
    return ("、" if view.language == "zh" else ", ").join(told)


def _by_driver(found: Iterable[Facts]) -> Mapping[str, Sequence[Facts]]:
    """Break-evens of each driver, in the order of hurdles."""
    return {name: list(of) for name, of in groupby(found, lambda each: each["lever"])}


def _shown(view: View, driver: Facts, value: float | None) -> str:
    """A value of a driver, in the unit that the form states it in."""
    if value is None:
        return NOTHING
    if driver["unit"] == "months":
        return view.text("what_if.months", months=f"{value:.1f}")
    if driver["unit"] == "rate":
        return view.text("what_if.points", points=points(value))
    return view.share(value, 2 if driver["unit"] == "quantile" else 1)
