"""The review of a valuation: its state, what may follow, overrides and every step."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args

from fastapi import Form, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict

from features.errors import (
    AssumptionError,
    Finding,
    RecoupError,
    ReviewRefusedError,
)
from features.findings import shortened
from serving.access.persons import Persons, who_is
from serving.access.routes import may
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.figures.package import yuan
from serving.reviews.figures import review_figures
from serving.reviews.request import (
    LONGEST_CLAIM_ID,
    Kind,
    ReviewRequest,
    read_yuan,
)
from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing
from serving.workbench.findings import reason_of
from serving.workbench.numbers import YUAN_OF, AmountUnit
from serving.workbench.package.faults import Fault
from serving.workbench.package.layout import package_page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/valuations/{identifier}/review"
router = page_router()


class ReviewForm(BaseModel):
    """A step as a browser sends it, empty where nothing is said.

    A value stands in the unit that the form itself names.
    """

    model_config = ConfigDict(extra="ignore")

    kind: str = ""
    reason: str = ""
    claim_id: str = ""
    present_value: str = ""
    amounts: AmountUnit = "yuan"
    events_seen: int | None = None

    @property
    def of_claim(self) -> bool:
        """Whether it is about one claim's value; the other form judges all of them."""
        return self.kind.startswith("override")

    def request(self) -> ReviewRequest:
        """The step.

        Raises:
            AssumptionError: It cannot be one.
        """
        said: dict[str, Any] = {"kind": self.kind, "reason": self.reason}
        said["events_seen"] = self.events_seen
        if self.claim_id:
            said["claim_id"] = self.claim_id
        if self.present_value.strip():
            size = YUAN_OF[self.amounts]
            said["present_value_yuan"] = read_yuan(self.present_value, size)
        return ReviewRequest.of(said)


@dataclass(frozen=True)
class _Shown:
    """What the page shows beside the review itself.

    Attributes:
        form: What was typed.
        refusal: Why it was not taken; None where nothing was sent.
    """

    form: ReviewForm
    refusal: RecoupError | None = None


@router.get(PATH)
def review(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    claim: Annotated[str, Query(max_length=LONGEST_CLAIM_ID)] = "",
) -> Response:
    """The review of a valuation, its forms filled in for a claim."""
    standing = Reviews(desk.store).standing(desk.record_of(identifier).row)
    return _page(view, desk, standing, _Shown(ReviewForm(claim_id=claim)))


@router.post(PATH)
def take_step(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    form: Annotated[ReviewForm, Form()],
) -> Response:
    """Take a step; where it is refused, say why and keep what was typed."""
    row, reviews = desk.record_of(identifier).row, Reviews(desk.store)
    try:
        reviews.add(row, form.request())
    except (AssumptionError, ReviewRefusedError) as refusal:
        return _page(view, desk, reviews.standing(row), _Shown(form, refusal))
    return RedirectResponse(view.link(f"/valuations/{identifier}/review"), 303)


def _approvers(desk: Desk, standing: Standing) -> list[str]:
    """Names of those who may approve as things stand."""
    known = [who_is(p) for p in Persons(desk.store).all() if p.disabled_at is None]
    return [w.name for w in known if may(w, "approve") and not standing.barred(w)]


def _fault(view: View, form: ReviewForm, finding: Finding) -> Fault:
    """What is wrong, at the field of the form and in its unit."""
    field, value = finding.field, finding.value
    if field == "kind" and value in get_args(Kind):
        value = view.text(f"review.kind_{value}")
    if field == "present_value_yuan" and value is not None:
        value = shortened(form.present_value)
    reason = reason_of(finding, view, form.amounts)
    return Fault(view.text(f"review.field_{field}"), value, reason)


def _page(view: View, desk: Desk, standing: Standing, shown: _Shown) -> Response:
    claim_id, refusal = shown.form.claim_id, shown.refusal
    claim = Reviews(desk.store).claim_value(standing.row, claim_id or None)
    return package_page(
        view,
        desk,
        desk.record_of(standing.row.id),
        "review.html",
        status_code=refusal.http_status if refusal else 200,
        review=review_figures(standing),
        form=shown.form,
        kinds=get_args(Kind),
        returned=standing.returned,
        reviewer=standing.reviewer,
        barred=standing.barred(desk.store.who),
        approvers=_approvers(desk, standing),
        faults=[_fault(view, shown.form, f) for f in refusal.findings]
        if refusal
        else (),
        claim_yuan=yuan(claim.claim_fen) if claim else None,
        model_yuan=yuan(claim.present_value_fen) if claim else None,
        overridden=claim_id in standing.overrides,
        audited="admin" in desk.store.who.roles,
    )
