"""Books in a folder, done or under way, as far as their folders tell."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from features.errors import NotFoundError
from serving.book.shelf import SILENCE, Book, Shelf
from tests.serving.book.conftest import CLAIMS, ScoreBook, manifest

# A chunk of the fixture's file is one row group.
CHUNK = 70


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "books"


@pytest.fixture
def scored(shelf: Path, score_here: ScoreBook, personal_file: Path) -> Path:
    out = shelf / "2025-06"
    score_here([str(personal_file)], out)
    return out


def interrupt(out: Path, chunks: int, seconds_apart: float, ago: timedelta) -> None:
    """Leave a book as when so many chunks were done, the latest some time ago."""
    (out / "manifest.json").unlink()
    notes = sorted((out / "journal").glob("*.json"))
    for note in notes[chunks:]:
        note.unlink()
    last = (datetime.now(UTC) - ago).timestamp()
    for place, note in enumerate(notes[:chunks]):
        at = last - seconds_apart * (chunks - 1 - place)
        os.utime(note, (at, at))


def only(shelf: Path) -> Book:
    (book,) = Shelf(str(shelf)).books(10)
    return book


def test_a_book_that_is_done_tells_what_its_manifest_says(
    shelf: Path, scored: Path
) -> None:
    book, told = only(shelf), manifest(scored)

    assert (book.name, book.state) == ("2025-06", "done")
    assert book.manifest is not None
    assert book.manifest.sha256 == told["sha256"]
    assert book.manifest.package.maximum_bid_fen == told["package"]["maximum_bid_fen"]
    segments = {name: s.model_dump() for name, s in book.manifest.segments.items()}
    assert segments == told["segments"]
    assert Shelf(str(shelf)).book("2025-06") == book


def test_a_book_under_way_tells_its_pace_and_what_is_left(
    shelf: Path, scored: Path
) -> None:
    interrupt(scored, chunks=3, seconds_apart=10.0, ago=timedelta(seconds=1))
    book = only(shelf)

    assert book.state == "running"
    assert book.progress is not None
    assert book.progress.totals.whole.claims == 3 * CHUNK
    assert book.progress.share == pytest.approx(3 * CHUNK / CLAIMS, abs=0.01)
    assert book.progress.claims_per_second == pytest.approx(CHUNK / 10)
    left = (CLAIMS - 3 * CHUNK) / (CHUNK / 10)
    assert book.progress.left is not None
    assert book.progress.left.total_seconds() == pytest.approx(left, abs=1.0)


def test_a_book_that_finishes_nothing_for_long_has_stopped(
    shelf: Path, scored: Path
) -> None:
    interrupt(scored, chunks=2, seconds_apart=10.0, ago=2 * SILENCE)
    assert only(shelf).state == "stopped"


def test_a_book_that_has_only_begun(shelf: Path, scored: Path) -> None:
    interrupt(scored, chunks=0, seconds_apart=1.0, ago=timedelta())
    book = only(shelf)

    assert book.state == "running"
    assert book.progress is not None
    assert book.progress.share == 0
    assert book.progress.claims_per_second is book.progress.left is None


@pytest.mark.parametrize("file", ["run.json", "manifest.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": 99}'])
def test_what_cannot_be_read_is_said_to_be_so(
    shelf: Path, scored: Path, file: str, content: bytes
) -> None:
    (scored / file).write_bytes(content)
    assert only(shelf).state == "unreadable"


def test_a_damaged_note_is_no_error_of_the_page(shelf: Path, scored: Path) -> None:
    interrupt(scored, chunks=2, seconds_apart=1.0, ago=timedelta())
    next((scored / "journal").glob("*.json")).write_text("{")
    assert only(shelf).state == "unreadable"


def test_other_folders_and_files_are_no_books(shelf: Path, scored: Path) -> None:
    (shelf / "notes").mkdir()
    (shelf / ".hidden").mkdir()
    (shelf / "a.txt").write_text("")
    assert only(shelf).name == scored.name


def test_a_tenant_has_a_folder_of_its_own(shelf: Path, scored: Path) -> None:
    theirs = shelf / "tenants" / "acme" / "theirs"
    theirs.parent.mkdir(parents=True)
    copytree(scored, theirs)

    def seen(tenant: str) -> list[str]:
        return [book.name for book in Shelf.of(str(shelf), tenant).books(10)]

    assert seen("default") == ["2025-06"]
    assert seen("acme") == ["theirs"]
    assert seen("other") == []
    for tenant, foreign in (("acme", "2025-06"), ("default", "theirs")):
        with pytest.raises(NotFoundError):
            Shelf.of(str(shelf), tenant).book(foreign)


def test_the_folder_of_a_tenant_may_be_an_address() -> None:
    at = "s3://bucket/books/?region=cn-north-1"

    assert Shelf.of(at, "default").address == at
    assert Shelf.of(at, "acme").address == (
        "s3://bucket/books/tenants/acme?region=cn-north-1"
    )


def test_a_folder_that_is_not_there_holds_no_book(tmp_path: Path) -> None:
    assert Shelf(str(tmp_path / "none")).books(10) == []


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../books/2025-06", "none", "2025-06/"]
)
def test_only_names_of_books_are_names(shelf: Path, scored: Path, name: str) -> None:
    assert scored.is_dir()
    with pytest.raises(NotFoundError):
        Shelf(str(shelf)).book(name)
