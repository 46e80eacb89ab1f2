"""Files that people name: whole, or told why not, and nothing left beside them."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.errors import InputError
from serving.files import write_file

ROOM_BYTES = 4096


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may grow beyond a page, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("little_room")
def test_what_has_no_room_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "head.json"
    write_file(b"before", out)

    with pytest.raises(InputError, match=r"cannot write .*head\.json: File too large"):
        write_file(bytes(2 * ROOM_BYTES), out)
    assert out.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(
        InputError, match=r"cannot write .*file/head\.json: "
    ) as refused:
        write_file(b"", tmp_path / "file" / "head.json")
    assert "无法写入" in refused.value.zh
