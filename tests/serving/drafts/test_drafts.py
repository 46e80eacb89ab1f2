"""Drafts in the store, and who may change them when."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from features.errors import ClaimsError, Finding, InFlightError, NotFoundError
from serving.audit.tables import AuditEntry
from serving.drafts.drafts import KEPT, SILENT, Drafts, bind, is_silent, packed
from serving.storage.store import Store
from serving.storage.tables import Draft

pytestmark = pytest.mark.every_database


@pytest.fixture
def drafts(store: Store) -> Drafts:
    return Drafts(store)


def _draft() -> Draft:
    return Draft(
        filename="t.csv",
        seller=None,
        header={},
        corrections={},
        assumptions={},
        content=b"claims",
        seen=packed({"columns": []}),
    )


def _earlier(store: Store, identifier: str, **times: timedelta) -> None:
    now = datetime.now(UTC)
    moved = {name: now - by for name, by in times.items()}
    with store.session() as session:
        session.execute(update(Draft).where(Draft.id == identifier).values(**moved))


def test_a_draft_is_kept_as_it_was_dropped(drafts: Drafts) -> None:
    identifier = drafts.add(_draft())
    assert drafts.get(identifier).filename == "t.csv"
    assert drafts.content(identifier) == b"claims"
    assert drafts.seen(identifier) == {"columns": []}
    assert [draft.id for draft in drafts.latest(5)] == [identifier]


@pytest.mark.parametrize("identifier", ["", "x", "0" * 26, "../../etc"])
def test_an_unknown_draft_is_not_found(drafts: Drafts, identifier: str) -> None:
    for ask in (drafts.get, drafts.content, drafts.seen):
        with pytest.raises(NotFoundError):
            ask(identifier)


def test_old_drafts_go_when_a_new_one_comes(store: Store, drafts: Drafts) -> None:
    old, young = drafts.add(_draft()), drafts.add(_draft())
    _earlier(store, old, created_at=KEPT + timedelta(minutes=1))
    _earlier(store, young, created_at=KEPT - timedelta(minutes=1))
    new = drafts.add(_draft())
    assert {draft.id for draft in drafts.latest(9)} == {young, new}
    noted = (AuditEntry.tenant, AuditEntry.who, AuditEntry.subject)
    with store.session() as session:
        removed = select(*noted).where(AuditEntry.action == "draft.removed")
        assert session.execute(removed).all() == [("default", "service", old)]


def test_only_one_process_may_take_a_draft(drafts: Drafts) -> None:
    identifier = drafts.add(_draft())
    drafts.take(identifier, {"seed": 1})
    with pytest.raises(InFlightError):
        drafts.take(identifier)
    with pytest.raises(InFlightError):
        drafts.correct(identifier, seller="A")
    assert drafts.get(identifier).assumptions == {"seed": 1}


def test_a_silent_process_is_taken_over_and_can_record_nothing(
    store: Store, drafts: Drafts
) -> None:
    identifier = drafts.add(_draft())
    first = drafts.take(identifier, {"seed": 1})
    drafts.hear(identifier, first, "forecast")
    assert drafts.get(identifier).stage == "forecast"
    assert not is_silent(drafts.get(identifier), datetime.now(UTC))

    _earlier(store, identifier, heard_at=SILENT + timedelta(seconds=1))
    assert is_silent(drafts.get(identifier), datetime.now(UTC))
    second = drafts.take(identifier)
    assert drafts.get(identifier).assumptions == {"seed": 1}

    with pytest.raises(InFlightError):
        drafts.hear(identifier, first)
    with pytest.raises(InFlightError):
        drafts.refuse(identifier, first, ClaimsError("no"))
    with pytest.raises(InFlightError), store.session() as session:
        bind(session, identifier, first, "none")
    drafts.hear(identifier, second, "recording")


def test_a_refused_draft_says_why_and_is_tried_again(drafts: Drafts) -> None:
    identifier = drafts.add(_draft())
    holder = drafts.take(identifier)
    found = Finding("code", "reason", "原因", row=3)
    drafts.refuse(identifier, holder, ClaimsError("none is left", [found] * 150))
    draft = drafts.get(identifier)
    assert draft.state == "refused"
    assert draft.failure is not None
    assert draft.failure["detail"] == "none is left"
    assert draft.failure["findings"][0]["reason_zh"] == "原因"
    assert draft.failure["more"] == 50
    drafts.correct(identifier, seller="B")
    assert drafts.get(identifier).state == "open"
    assert drafts.get(identifier).failure is None


def test_a_removed_draft_is_gone_for_who_holds_it(store: Store, drafts: Drafts) -> None:
    identifier = drafts.add(_draft())
    holder = drafts.take(identifier)
    drafts.remove(identifier)
    with pytest.raises(InFlightError), store.session() as session:
        bind(session, identifier, holder, "none")
