from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from features.errors import InputError, NotFoundError, StoreError
from serving.access.who import local_user
from serving.audit.tables import AuditEntry
from serving.personal.envelope import DataKey
from serving.personal.tables import PersonalKey, PersonalRecord
from serving.personal.viewing import Asked, show
from serving.storage.store import Store

Keep = Callable[..., str]
pytestmark = pytest.mark.every_database
WHY = "call the debtor"


def test_persons_are_shown_to_who_says_why(vaulted: Store, keep: Keep) -> None:
    valuation = keep(vaulted)
    shown = show(vaulted, Asked(valuation, WHY, "C2"))
    assert [each.entries for each in shown.claims] == [
        [
            {"table": "claims", "row": 3, "facts": {"obligor_name": "李娜"}},
            {"table": "claims", "row": 4, "facts": {"phone": "13800138000"}},
        ]
    ]
    assert shown.total == 2


def test_each_view_is_noted_without_the_person(vaulted: Store, keep: Keep) -> None:
    valuation = keep(vaulted)
    show(vaulted, Asked(valuation, "call 13800138000", "C2"))
    with vaulted.session() as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.subject) == ("personal.viewed", valuation)
    assert entry.who == local_user().id
    assert '"fields":"obligor_name phone"' in entry.facts
    assert '"reason":"call 138******00"' in entry.facts
    assert "李娜" not in entry.facts


@pytest.mark.parametrize("reason", ["", "  ", "why"])
def test_no_reason_shows_nothing(vaulted: Store, keep: Keep, reason: str) -> None:
    valuation = keep(vaulted)
    with pytest.raises(InputError, match="why you need it"):
        show(vaulted, Asked(valuation, reason))
    with vaulted.session() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_pages_follow_each_other(vaulted: Store, keep: Keep) -> None:
    valuation = keep(vaulted)
    first = show(vaulted, Asked(valuation, WHY, limit=1))
    assert [each.claim_id for each in first.claims] == ["C1"]
    assert first.last is not None
    second = show(vaulted, Asked(valuation, WHY, limit=1, after=first.last))
    assert [each.claim_id for each in second.claims] == ["C2"]
    assert second.last is None


def test_what_is_not_kept_is_not_found(vaulted: Store, keep: Keep) -> None:
    valuation = keep(vaulted)
    other = valuation[:-1] + ("0" if valuation[-1] != "0" else "1")
    for asked in (Asked("x", WHY), Asked(other, WHY), Asked(valuation, WHY, "C9")):
        with pytest.raises(NotFoundError):
            show(vaulted, asked)


def test_another_tenant_finds_nothing(vaulted: Store, keep: Keep) -> None:
    valuation = keep(vaulted)
    with pytest.raises(NotFoundError):
        show(vaulted.of(replace(local_user(), tenant="other")), Asked(valuation, WHY))


def test_nothing_lies_open_in_the_store(vaulted: Store, keep: Keep) -> None:
    keep(vaulted)
    with vaulted.session() as session:
        sealed = [row.sealed for row in session.scalars(select(PersonalRecord))]
        wrapped = session.scalars(select(PersonalKey.wrapped)).one()
    assert not any("张伟".encode() in each or b"13800138000" in each for each in sealed)
    key = vaulted.key_place.keys().wrapping
    assert not any(each in wrapped for each in key.values())


def test_what_is_moved_to_another_claim_opens_no_more(
    vaulted: Store, keep: Keep
) -> None:
    valuation = keep(vaulted)
    with vaulted.session() as session:
        moved = update(PersonalRecord).where(PersonalRecord.claim_id == "C1")
        session.execute(moved.values(claim_id="C3"))
    with pytest.raises(StoreError, match="cannot be opened"):
        show(vaulted, Asked(valuation, WHY, "C3"))


def test_a_key_of_another_package_opens_nothing(vaulted: Store) -> None:
    keys = vaulted.key_place.keys()
    wrapped = DataKey.new("default", "one").wrapped(keys)
    for tenant, subject in (("default", "two"), ("other", "one")):
        with pytest.raises(StoreError):
            DataKey.opened(wrapped, keys.present, keys, tenant, subject)
    assert DataKey.opened(wrapped, keys.present, keys, "default", "one")
