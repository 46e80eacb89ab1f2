"""Tapes that are dropped, corrected, and read the same way next time."""

import json
from hashlib import sha256

import pytest
from sqlalchemy import select

from features.errors import InFlightError, TapeError
from features.reading.corrections import Corrections
from serving.audit.tables import AuditEntry
from serving.drafts.drafts import Drafts
from serving.drafts.dropping import Dropped, Said
from serving.drafts.remembered import Remembered
from serving.sandbox.opening import OWN_FILES
from serving.storage.store import Store

pytestmark = [pytest.mark.every_database, pytest.mark.unwatched]

TAPE = "编码,欠款,出让方\nA1,12.5,某银行\nA2,-3,某银行\n".encode()
SAID = {"claims": {"编码": "claim_id", "欠款": "principal:万元"}}
CUTOFF = "2025-06-30"


def _said(seller: str | None, **claims: str) -> Said:
    corrections = Corrections.of({"claims": claims} if claims else SAID)
    return Said(seller, CUTOFF, corrections)


def test_who_corrected_how_a_sellers_tapes_are_read_is_noted(store: Store) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    identifier = dropped.drop(TAPE, "t.csv", Said(cutoff_date=CUTOFF))
    dropped.correct(drafts.get(identifier), _said("某银行"))

    query = select(AuditEntry).where(AuditEntry.action == "draft.corrected")
    with store.session() as session:
        (entry,) = session.scalars(query)
    said = json.dumps(SAID, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert (entry.subject, entry.who) == (identifier, store.who.id)
    assert json.loads(entry.facts) == {
        "corrections": 2,
        "corrections_sha256": sha256(said.encode()).hexdigest(),
    }


def test_a_tape_that_cannot_be_read_is_kept_and_mended(store: Store) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    identifier = dropped.drop(TAPE, "t.csv", Said(cutoff_date=CUTOFF))
    assert drafts.seen(identifier)["reading"] is None
    assert "claims" in drafts.seen(identifier)["refusal"]["detail"]

    dropped.correct(drafts.get(identifier), _said("某银行"))
    seen = drafts.seen(identifier)
    assert seen["refusal"] is None
    assert seen["reading"]["tables"] == [
        {"table": "claims", "accepted": 1, "rejected": 1}
    ]
    assert seen["reading"]["claim_yuan"] == 125_000.0
    assert seen["reading"]["rejected"][0]["code"] == "not_positive"
    assert drafts.get(identifier).corrections == SAID


def test_corrections_are_made_again_on_the_next_tape_of_the_seller(
    store: Store,
) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    first = dropped.drop(TAPE, "t.csv", Said(cutoff_date=CUTOFF))
    dropped.correct(drafts.get(first), _said("  某 银行 "))

    next_tape = "编 码,欠款,其他\nB1,7,x\n".encode()
    again = dropped.drop(next_tape, "n.csv", Said("某 银行", CUTOFF))
    seen = drafts.seen(again)
    assert seen["reading"]["claim_yuan"] == 70_000.0
    assert [c["remembered"] for c in seen["columns"]] == [True, True, False]

    other = dropped.drop(next_tape, "n.csv", Said("另一银行", CUTOFF))
    assert drafts.seen(other)["reading"] is None
    assert Remembered(store).sellers() == ["某 银行"]

    # Naming the seller later does as much.
    dropped.correct(drafts.get(other), Said("某 银行", CUTOFF))
    assert drafts.seen(other)["reading"]["claim_yuan"] == 70_000.0


def test_a_seller_that_the_tape_names_is_known(store: Store) -> None:
    tape = "借据号,本金余额,出让方\n1,5,某银行\n2,5,某银行\n3,5,乙银行\n".encode()
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    identifier = dropped.drop(tape, "t.csv", Said(cutoff_date=CUTOFF))
    assert drafts.get(identifier).seller == "某银行"


def test_what_is_taken_back_is_forgotten(store: Store) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    tape = "借据号,本金余额,利息\n1,5,7\n".encode()
    identifier = dropped.drop(tape, "t.csv", Said("甲", CUTOFF))
    dropped.correct(drafts.get(identifier), _said("甲", 利息="unused"))
    dropped.correct(drafts.get(identifier), Said("甲", CUTOFF))
    assert Remembered(store).sellers() == []


def test_the_latest_word_wins_where_two_were_remembered(store: Store) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    for header in ("旧额", "新额"):
        tape = f"借据号,{header}\n1,5\n".encode()
        identifier = dropped.drop(tape, "t.csv", Said("甲", CUTOFF))
        said = _said("甲", **{header: "principal"})
        dropped.correct(drafts.get(identifier), said)
    tape = "借据号,旧额,新额\n1,5,6\n".encode()
    seen = drafts.seen(dropped.drop(tape, "t.csv", Said("甲", CUTOFF)))
    assert seen["reading"]["claim_yuan"] == 6.0


def test_refused_corrections_change_nothing(store: Store) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    identifier = dropped.drop(TAPE, "t.csv", Said(cutoff_date=CUTOFF))
    before = drafts.seen(identifier)
    with pytest.raises(TapeError, match="no column headed 别的"):
        dropped.correct(drafts.get(identifier), _said("甲", 别的="city"))
    with pytest.raises(TapeError):
        dropped.correct(drafts.get(identifier), Said("甲", "2025-13-40"))
    assert drafts.seen(identifier) == before
    assert Remembered(store).sellers() == []


def test_a_draft_that_is_being_valued_is_left_alone(store: Store) -> None:
    dropped, drafts = Dropped(store, OWN_FILES), Drafts(store)
    identifier = dropped.drop(TAPE, "t.csv", Said(cutoff_date=CUTOFF))
    drafts.take(identifier)
    with pytest.raises(InFlightError):
        dropped.correct(drafts.get(identifier), _said("甲"))
    assert Remembered(store).sellers() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\0\0\0"])
def test_a_file_that_no_correction_mends_is_not_kept(
    store: Store, content: bytes
) -> None:
    with pytest.raises(TapeError):
        Dropped(store, OWN_FILES).drop(content, "t.xlsx", Said())
    assert Drafts(store).latest(5) == []
