"""Files of csv, told by their first lines: in any encoding, and none a crash."""

import codecs
from pathlib import Path

import pytest

from features.errors import InputError
from features.reading.files.delimited import MAX_LINE_BYTES
from serving.book.chunks import read_chunks, spans
from serving.book.dataset import find_files

HEADER = "claim_id,principal,cutoff_date"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_large_files_are_read_in_every_encoding(
    encoding: str, end: str, tmp_path: Path
) -> None:
    rows = [f"借{i},1000,2025-06-30" for i in range(60_000)]
    file = tmp_path / "claims.csv"
    file.write_bytes(end.join([HEADER, *rows]).encode(encoding))
    assert file.stat().st_size > MAX_LINE_BYTES

    files = find_files([str(file)], "claims")
    (span,) = spans(files, len(rows))
    (chunk,) = read_chunks(files, span)

    assert chunk.data["claim_id"].to_pylist() == [row.split(",")[0] for row in rows]
    assert not chunk.torn


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (codecs.BOM_UTF16_LE, "empty"),
        (b"\r\n\r\n", "empty"),
        (b"x" * (2 * MAX_LINE_BYTES), "one claim a line"),
        (b'claim_id,"principal' + b"x" * 200_000, "quotation marks"),
    ],
)
def test_files_without_a_header_are_refused_by_name(
    content: bytes, told: str, tmp_path: Path
) -> None:
    for name, held in (
        ("a.csv", f"{HEADER}\nA,1,2025-06-30\n".encode()),
        ("b.csv", content),
    ):
        (tmp_path / name).write_bytes(held)

    with pytest.raises(InputError, match=r"b\.csv") as refused:
        find_files([str(tmp_path)], "claims")
    assert told in str(refused.value)
