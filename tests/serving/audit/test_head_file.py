"""Heads beside the key are read on from where they were read to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.errors import InputError
from serving.audit import heads
from serving.audit.heads import Head, HeadFile
from serving.audit.keys import Keys

Add = Callable[[HeadFile, int], Head]


@pytest.fixture
def add(keys: Keys) -> Add:
    key = keys.signing().public

    def added(file: HeadFile, size: int) -> Head:
        head = Head(size, "2026-01-02T03:04:05.678Z", "a" * 64, "b" * 64, key.id, "c")
        file.add(head, key)
        return head

    return added


@pytest.fixture
def file(tmp_path: Path) -> HeadFile:
    return HeadFile(tmp_path)


def test_those_beyond_a_size_are_found(file: HeadFile, add: Add) -> None:
    assert file.beyond(0) == []
    one, two, more = (add(file, size) for size in (1, 2, 2**64 - 1))

    assert file.beyond(0) == [one, two, more]
    assert file.beyond(1) == [two, more]
    assert file.beyond(2) == [more]


def test_lines_that_were_read_are_not_read_again(
    file: HeadFile, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in range(1, 5):
        add(file, size)
    assert file.beyond(4) == []
    read: list[bytes] = []
    loaded = heads._loaded
    monkeypatch.setattr(heads, "_loaded", lambda v: (read.append(v), loaded(v))[1])
    add(file, 5)

    assert file.beyond(5) == []
    assert len(read) == 1


def test_what_another_process_adds_is_found(file: HeadFile, add: Add) -> None:
    add(file, 1)
    assert file.beyond(1) == []
    other = add(HeadFile(file.path.parent), 2)

    assert file.beyond(1) == [other]


def test_another_file_in_its_place_is_read_from_its_beginning(
    file: HeadFile, add: Add, tmp_path: Path
) -> None:
    add(file, 1)
    assert len(file.beyond(0)) == 1
    (tmp_path / "other").mkdir()
    other = HeadFile(tmp_path / "other")
    longer = [add(other, size) for size in (10, 11, 12)]
    content = other.path.read_bytes()

    file.path.write_bytes(content)
    assert file.beyond(1) == longer
    file.path.write_bytes(content[: content.index(b"\n") + 1])
    assert file.beyond(1) == longer[:1]
    file.path.unlink()
    assert file.beyond(0) == []


def test_a_large_file_keeps_its_newest_heads_and_one_of_each_day_before(
    file: HeadFile, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.signing().public
    monkeypatch.setattr(heads, "KEPT_HEADS", 4)
    monkeypatch.setattr(heads, "LARGEST_BYTES", 20 * 470)

    def added(to: HeadFile, day: int, size: int) -> Head:
        at = f"2026-01-{day:02}T03:04:05.678Z"
        head = Head(size, at, "a" * 64, "b" * 64, key.id, "c" * 128)
        to.add(head, key)
        return head

    one, other = file, HeadFile(file.path.parent)
    made: list[Head] = []
    for day in range(1, 11):
        for turn, each in enumerate((one, other, one)):
            made.append(added(each, day, 3 * day + turn))
            assert each.beyond(made[-1].size - 1) == made[-1:]
    kept = [*file.heads()]

    assert file.path.stat().st_size <= heads.LARGEST_BYTES
    assert [head for head in made if head in kept] == kept
    assert kept[-4:] == made[-4:]
    assert {head.at for head in kept} == {head.at for head in made}
    assert one.beyond(0) == other.beyond(0) == kept
    assert [path.name for path in file.path.parent.glob("heads*")] == ["heads.jsonl"]


def test_no_head_is_lost_to_another_process_that_thins(
    file: HeadFile, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "KEPT_HEADS", 200)
    monkeypatch.setattr(heads, "LARGEST_BYTES", 50 * 400)
    others = [HeadFile(file.path.parent) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        added = pool.map(
            lambda n: [add(others[n], 4 * i + n) for i in range(40)], range(4)
        )
    assert [len(each) for each in added] == [40] * 4
    assert {head.size for head in file.heads()} == set(range(160))


@pytest.mark.parametrize("length", [1, 4_095, 4_096, 10_000])
def test_a_line_cut_short_is_written_over(
    file: HeadFile, add: Add, length: int
) -> None:
    one = add(file, 1)
    for size in (2, 3):
        with file.path.open("ab") as cut:
            cut.write(b"x" * length)
        assert file.beyond(size - 1) == []
        add(file, size)

    assert file.beyond(0) == [*file.heads()]
    assert file.beyond(0)[0] == one
    assert len(file.beyond(0)) == 3


def test_a_line_that_is_no_head_is_refused_every_time(file: HeadFile, add: Add) -> None:
    add(file, 1)
    with file.path.open("ab") as edited:
        edited.write(b"edited\n")

    for _ in range(2):
        with pytest.raises(InputError, match="no head of an audit log"):
            file.beyond(0)
