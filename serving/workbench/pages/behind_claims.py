"""The persons behind the claims of a valuation, for whoever says why."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Form, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from features import catalogue
from features.errors import Finding, InputError, NotFoundError, RecoupError
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.personal.request import LONGEST_SUBJECT
from serving.personal.viewing import SHORTEST_REASON, Asked, Shown, show
from serving.workbench.claims.address import claim_path
from serving.workbench.package.layout import package_page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

PATH = "/{language:language}/valuations/{identifier}/persons"
SHOWN_CLAIMS = 50
router = page_router()


class PersonsForm(BaseModel):
    """What somebody asks for as a browser sends it, empty where nothing is said."""

    model_config = ConfigDict(extra="ignore")

    reason: str = ""
    claim_id: str = Field("", max_length=LONGEST_SUBJECT)
    after: int = Field(-1, ge=-1, le=2**31 - 1)

    def asked(self, valuation_id: str) -> Asked:
        """The same of a valuation."""
        claim = self.claim_id.strip() or None
        return Asked(valuation_id, self.reason, claim, self.after, SHOWN_CLAIMS)


@router.get(PATH)
def persons_behind(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    claim: Annotated[str, Query(max_length=LONGEST_SUBJECT)] = "",
) -> Response:
    """The form that asks why; nobody is shown yet."""
    return _page(view, desk, identifier, PersonsForm(claim_id=claim))


@router.post(PATH)
def look_at_persons(
    view: ViewDep,
    desk: DeskDep,
    identifier: str,
    form: Annotated[PersonsForm, Form()],
) -> Response:
    """Persons, once the view is entered in the audit log; or why they are not shown."""
    try:
        shown = show(desk.store, form.asked(desk.record_of(identifier).id))
    except (InputError, NotFoundError) as refusal:
        faults = refusal.findings or [_finding(refusal)]
        return _page(view, desk, identifier, form, faults=faults)
    return _page(view, desk, identifier, form, shown)


def _page(
    view: View,
    desk: Desk,
    identifier: str,
    form: PersonsForm,
    shown: Shown | None = None,
    faults: Sequence[Finding] = (),
) -> Response:
    record = desk.record_of(identifier)
    with desk.store.session() as session:
        total = desk.store.vault.count(session, record.id)
    return package_page(
        view,
        desk,
        record,
        "persons.html",
        form=form,
        total=total,
        faults=faults,
        shortest=SHORTEST_REASON,
        shown=shown,
        rows=_rows(shown, view) if shown else (),
        claim_path=lambda claim_id: claim_path(record.id, claim_id),
    )


def _rows(shown: Shown, view: View) -> list[dict[str, Any]]:
    """A row for each row of the tape that tells of a person."""
    return [
        {
            "claim_id": each.claim_id,
            "table": entry["table"],
            "row": entry["row"],
            "facts": [
                (catalogue.field(entry["table"], name).title(view.language), text)
                for name, text in entry["facts"].items()
            ],
        }
        for each in shown.claims
        for entry in each.entries
    ]


def _finding(refusal: RecoupError) -> Finding:
    return Finding("persons", str(refusal), refusal.zh, table="")
