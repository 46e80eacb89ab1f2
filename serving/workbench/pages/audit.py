"""The audit log as a page: what was done, by whom and to what, narrowed by a form."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Response

from features.beijing import BEIJING
from features.errors import NotFoundError
from serving.access.persons import Persons
from serving.access.who import ROLES
from serving.audit.actions import Act, acts, fact_words
from serving.audit.heads import Head
from serving.audit.reading import AuditFilters, entries, facts_of
from serving.audit.tables import AuditEntry
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.identifiers import is_id
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

SHOWN = 50
_SHOWN_DIGITS = 12
_HASHES = ("_sha256", "sha256", "_key")
_OF_ROLES = ("roles", "from_roles")
router = page_router()
Word = Annotated[str, Query(max_length=200)]


@router.get("/{language:language}/audit")
def audit_log(
    view: ViewDep,
    desk: DeskDep,
    action: Annotated[str, Query(max_length=40)] = "",
    who: Word = "",
    subject: Word = "",
    since: date | Literal[""] = "",
    until: date | Literal[""] = "",
    cursor: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Entries, newest first: those of one's own tenant, and of the service itself."""
    first, last = _begin(since), _begin(until)
    filters = AuditFilters(
        desk.store.who.tenant,
        action.strip() or None,
        who.strip() or None,
        subject.strip() or None,
        first,
        last and last + timedelta(days=1),
    )
    names = {f"person:{p.id}": p.name for p in Persons(desk.store).all()}
    with desk.store.session() as session:
        found = entries(session, filters, SHOWN + 1, cursor)
    return page(
        view,
        "audit.html",
        head=_head(desk),
        said={
            "action": action,
            "who": who,
            "subject": subject,
            "since": since,
            "until": until,
        },
        groups=_groups(view),
        csv=_csv(filters),
        lines=[_line(entry, view) for entry in found[:SHOWN]],
        names=names,
        next_cursor=found[SHOWN - 1].number if len(found) > SHOWN else None,
    )


def _csv(filters: AuditFilters) -> str:
    """Where the same entries are had as csv."""
    stated = {
        "action": filters.action,
        "who": filters.who,
        "subject": filters.subject,
        "since": filters.since and filters.since.isoformat(),
        "until": filters.until and filters.until.isoformat(),
    }
    query = urlencode({name: said for name, said in stated.items() if said})
    return f"/v1/audit.csv?{query}"


def _begin(day: date | Literal[""]) -> datetime | None:
    """When a day begins by the clock of Beijing; None where none is stated."""
    if isinstance(day, str):
        return None
    return datetime.combine(day, time(), BEIJING)


def _head(desk: Desk) -> Head | None:
    try:
        return desk.signing.newest()
    except NotFoundError:
        return None


def _groups(view: View) -> list[tuple[str, list[tuple[str, str]]]]:
    """Actions by their kind, each with its words."""
    named = [(name, act.word(view.language)) for name, act in acts().items()]
    named.sort(key=lambda pair: pair[0].partition(".")[0])
    kinds = groupby(named, key=lambda pair: pair[0].partition(".")[0])
    return [(kind, list(some)) for kind, some in kinds]


def _line(entry: AuditEntry, view: View) -> dict[str, object]:
    act = acts().get(entry.action)
    return {
        "number": entry.number,
        "at": entry.at,
        "who": entry.who,
        "action": entry.action,
        "word": act.word(view.language) if act else entry.action,
        "subject": entry.subject,
        "path": _path(act, entry.subject),
        "facts": [_fact(n, v, view) for n, v in facts_of(entry).items()],
        "hash": entry.hash,
    }


def _path(act: Act | None, subject: str) -> str | None:
    """Where the workbench shows a subject."""
    is_valuation = act is not None and act.subject == "valuation" and is_id(subject)
    return f"/valuations/{subject}/review" if is_valuation else None


def _fact(name: str, value: object, view: View) -> Mapping[str, str]:
    words = fact_words().get(name)
    shown = _roles(str(value), view) if name in _OF_ROLES else _shown(value, view)
    long = name.endswith(_HASHES) and len(shown) > _SHOWN_DIGITS
    return {
        "name": words[view.language] if words else name,
        "value": f"{shown[:_SHOWN_DIGITS]}…" if long else shown,
        "whole": shown if long else "",
    }


def _roles(words: str, view: View) -> str:
    return ", ".join(
        view.text(f"common.role_{word}") if word in ROLES else word
        for word in words.split()
    )


def _shown(value: object, view: View) -> str:
    if isinstance(value, bool):
        return view.text("audit.yes" if value else "audit.no")
    return view.count(value) if isinstance(value, int) else str(value)
