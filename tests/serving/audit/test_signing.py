"""Signed heads: made once for what is new, never over a log that is broken."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from features.errors import AuditBrokenError, ConfigError, InputError
from serving.audit.checking import verify_log
from serving.audit.heads import Head, head_of_file
from serving.audit.keys import Keys
from serving.audit.proofs import Proofs
from serving.audit.signing import Signing
from serving.settings import Settings
from serving.storage.store import Store


@pytest.fixture
def proofs(store: Store, keys: Keys) -> Proofs:
    return Proofs(store.session_of_all, keys)


def forget_triggers(store: Store) -> None:
    with store.session_of_all() as session:
        for change in ("update", "delete"):
            for table in ("audit_entries", "audit_heads"):
                session.execute(text(f"DROP TRIGGER {table}_{change}"))


def change(store: Store, statement: str) -> None:
    forget_triggers(store)
    with store.session_of_all() as session:
        session.execute(text(statement))


def write(path: Path, head: Head, keys: Keys) -> Path:
    path.write_bytes(orjson.dumps(head.plain(keys.signing().public)))
    return path


@pytest.mark.every_database
def test_only_what_is_new_is_signed(
    signing: Signing, append: Callable[[int], None], store: Store, keys: Keys
) -> None:
    append(3)
    first = signing.sign()
    again = signing.sign()
    append(4)
    second = signing.sign()

    # The key's own entry is the first that is signed.
    assert first is not None
    assert second is not None
    assert (first.size, again, second.size) == (4, None, 8)
    assert [*signing.file.heads()] == [first, second]
    found = verify_log(store.session_of_all, keys)
    assert (found.entries, found.heads, found.vouched) == (8, 2, 8)
    assert found.broken is None


def test_the_key_is_nobody_elses_to_read(keys: Keys) -> None:
    keys.signing()

    file = keys.folder / "key.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="everybody may read it"):
        keys.signing()


def test_a_key_may_be_kept_elsewhere(tmp_path: Path, keys: Keys) -> None:
    made = keys.signing().public
    elsewhere = Keys(
        Settings(audit_folder=tmp_path / "other", audit_key=keys.folder / "key.pem")
    )

    assert elsewhere.signing().public == made
    with pytest.raises(ConfigError, match="put another one there"):
        elsewhere.rotate()


def test_a_file_that_is_no_key_is_refused(keys: Keys) -> None:
    keys.folder.mkdir()
    (keys.folder / "key.pem").write_text("no key")
    (keys.folder / "key.pem").chmod(0o600)

    with pytest.raises(ConfigError, match="no Ed25519 key"):
        keys.signing()


def test_a_public_key_that_a_full_disk_cut_short_is_written_again(
    signing: Signing, append: Callable[[int], None], store: Store, keys: Keys
) -> None:
    made = keys.signing().public
    file = keys.folder / "public" / f"{made.id}.hex"
    file.parent.mkdir()
    file.write_text(made.hex[:20])
    append(2)
    signing.sign()
    append(2)
    head = signing.sign()

    assert head is not None
    assert keys.public() == {made.id: made}
    assert [other.name for other in file.parent.iterdir()] == [file.name]
    assert verify_log(store.session_of_all, keys).broken is None


def test_a_public_key_that_is_damaged_is_named_and_stops_no_service(
    signing: Signing, append: Callable[[int], None], keys: Keys
) -> None:
    append(2)
    signing.sign()
    (keys.folder / "public" / "0123456789abcdef.hex").write_text("cut sho")
    append(2)
    signing.keep_up()

    assert signing.trouble is not None
    assert "0123456789abcdef.hex cannot be used" in signing.trouble


@pytest.mark.every_database
def test_another_machine_that_signs_the_same_store_is_told_and_can_be_known(
    signing: Signing,
    append: Callable[[int], None],
    store: Store,
    keys: Keys,
    tmp_path: Path,
) -> None:
    theirs = Keys(Settings(audit_folder=tmp_path / "elsewhere"))
    append(2)
    Signing(store.session_of_all, theirs).sign()
    append(2)

    signing.keep_up()
    assert "have all share one RECOUP_AUDIT_FOLDER" in str(signing.trouble)
    broken = verify_log(store.session_of_all, keys).broken
    assert broken is not None
    assert "where another machine signs this store" in broken.sentence()

    known = next((theirs.folder / "public").iterdir())
    shutil.copy(known, keys.folder / "public")
    signing.keep_up()
    assert signing.trouble is None
    assert verify_log(store.session_of_all, keys).broken is None


def test_heads_of_an_old_key_stay_right(
    signing: Signing, append: Callable[[int], None], store: Store, keys: Keys
) -> None:
    append(2)
    signing.sign()
    new = keys.rotate().public
    append(2)
    head = signing.sign()

    assert head is not None
    assert head.key == new.id
    assert len(keys.public()) == 2
    assert verify_log(store.session_of_all, keys).broken is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET subject = 'x' WHERE number = 6",
        "DELETE FROM audit_entries WHERE number = 7",
        "UPDATE audit_end SET number = 3",
        "UPDATE audit_heads SET frontier = root",
        "UPDATE audit_heads SET size = 4, at = 'x'",
    ],
)
def test_a_broken_log_is_not_signed(
    signing: Signing, append: Callable[[int], None], store: Store, statement: str
) -> None:
    append(4)
    signing.sign()
    append(3)
    change(store, statement)

    with pytest.raises(AuditBrokenError, match="audit verify"):
        signing.sign()


def test_a_log_that_was_cut_off_everywhere_is_told_by_a_head_kept_elsewhere(
    signing: Signing,
    append: Callable[[int], None],
    store: Store,
    keys: Keys,
    tmp_path: Path,
) -> None:
    append(5)
    head = signing.sign()
    assert head is not None
    kept = write(tmp_path / "head.json", head, keys)
    change(store, "DELETE FROM audit_entries WHERE number > 3")
    change_end = (
        "UPDATE audit_end SET number = 3, "
        "hash = (SELECT hash FROM audit_entries WHERE number = 3)"
    )
    with store.session_of_all() as session:
        session.execute(text(change_end))
        session.execute(text("DELETE FROM audit_heads"))
    signing.file.path.unlink()

    assert verify_log(store.session_of_all, keys).broken is None
    broken = verify_log(store.session_of_all, keys, kept).broken
    assert broken is not None
    assert (broken.kind, broken.last) == ("truncated", 6)


def test_a_head_kept_elsewhere_must_be_what_was_signed(
    signing: Signing, append: Callable[[int], None], keys: Keys, tmp_path: Path
) -> None:
    append(1)
    head = signing.sign()
    assert head is not None
    kept = write(tmp_path / "head.json", head, keys)

    assert head_of_file(kept) == (head, keys.signing().public)
    kept.write_bytes(kept.read_bytes().replace(b'"size":2', b'"size":1'))
    with pytest.raises(InputError, match="altered"):
        head_of_file(kept)
    for content in (b"", b"[]", b"{}", b'{"scheme":1}', b"\xff"):
        kept.write_bytes(content)
        with pytest.raises(InputError, match="no head"):
            head_of_file(kept)


def test_growth_is_proved_to_whoever_kept_a_head(
    signing: Signing,
    append: Callable[[int], None],
    keys: Keys,
    proofs: Proofs,
    tmp_path: Path,
) -> None:
    append(3)
    head = signing.sign()
    assert head is not None
    kept = write(tmp_path / "head.json", head, keys)
    append(7)
    signing.sign()

    assert len(proofs.of_growth(kept)["consistency"]) > 0
    assert proofs.of_growth(kept)["earlier"]["size"] == 4


def test_a_head_cut_short_by_a_full_disk_is_written_over(
    signing: Signing, append: Callable[[int], None], store: Store, keys: Keys
) -> None:
    append(1)
    signing.sign()
    with signing.file.path.open("ab") as file:
        file.write(b'{"scheme":"recoup-au')

    for _ in range(2):
        append(1)
        signing.keep_up()

    assert signing.trouble is None
    assert len(list(signing.file.heads())) == 3
    assert verify_log(store.session_of_all, keys).broken is None


def test_a_folder_that_cannot_be_written_leaves_the_service_and_is_told(
    append: Callable[[int], None], store: Store, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "audit"
    signing = Signing(store.session_of_all, Keys(Settings(audit_folder=folder)))
    append(1)

    signing.keep_up()

    assert "audit cannot be written to (Not a directory)" in str(signing.trouble)


def test_heads_that_were_edited_leave_the_service(
    signing: Signing, append: Callable[[int], None]
) -> None:
    append(1)
    signing.sign()
    signing.file.path.write_text("edited\n")
    append(1)

    signing.keep_up()

    assert "no head of an audit log" in str(signing.trouble)


def test_heads_of_a_longer_log_are_told_before_anything_is_signed(
    signing: Signing, append: Callable[[int], None], tmp_path: Path, keys: Keys
) -> None:
    append(5)
    signing.sign()
    later = Store(f"sqlite:///{tmp_path}/later.db")
    later.upgrade()

    with pytest.raises(AuditBrokenError, match="RECOUP_AUDIT_FOLDER of its own"):
        Signing(later.session_of_all, keys).check()
    later.close()
    signing.check()
