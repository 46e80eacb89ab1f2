"""What came out of an installation, searched for what no output may hold."""

import contextlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pypdf import PdfReader
from sqlalchemy import select

from serving.storage.store import Store
from serving.storage.tables import Base
from serving.submission import opened_table
from tests.security.planted import Planted, found_in


class Everything:
    """What came out, by where."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.pieces: list[tuple[str, bytes]] = []

    def add(self, place: str, content: bytes) -> None:
        """Keep a piece, unpacked where it is a workbook, a paper or packed columns."""
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    self.pieces.append((f"{place}/{name}", archive.read(name)))
        if content.startswith(b"%PDF"):
            pages = PdfReader(io.BytesIO(content)).pages
            text = "".join(page.extract_text() for page in pages)
            self.pieces.append((f"{place}/text", text.encode()))
        if content.startswith(b"PAR1"):
            table = pq.read_table(io.BytesIO(content))
            self.pieces.append((f"{place}/rows", str(table.to_pylist()).encode()))
        self.pieces.append((place, content))

    def add_folder(self, folder: Path) -> None:
        """Keep every file beneath a folder, and what the files are called."""
        for file in sorted(folder.rglob("*")):
            self.pieces.append(("name", str(file.relative_to(folder)).encode()))
            if file.is_file():
                self.add(file.name, file.read_bytes())

    def add_store(self, store: Store) -> None:
        """Keep every cell of every table, unpacked where it is packed."""
        with store.session_of_all() as session:
            for table in Base.metadata.sorted_tables:
                rows = session.connection().execute(select(table)).mappings().all()
                for row in rows:
                    for column in table.columns:
                        place = f"{table.name}.{column.name}"
                        self.pieces += _told(place, row[column])

    def hits(self, values: list[Planted]) -> Counter[tuple[str, str, str]]:
        """Where which values were found."""
        return Counter(
            (place, *hit)
            for place, content in self.pieces
            for hit in found_in(content, values)
        )

    def told(self, values: list[Planted], hits: int) -> str:
        """How much was searched for how many values."""
        searched = sum(len(content) for _, content in self.pieces)
        return (
            f"{len(values)} planted, searched {searched:,} bytes of "
            f"{len(self.pieces)} outputs: {hits} hits"
        )


def _told(place: str, cell: object) -> Iterator[tuple[str, bytes]]:
    """What a cell of the store holds, in every form that it can be read in."""
    if not isinstance(cell, bytes):
        yield place, str(cell).encode()
        return
    yield place, cell
    with contextlib.suppress(zlib.error):
        yield f"{place}/unpacked", zlib.decompress(cell)
    with contextlib.suppress(pa.ArrowException, OSError):
        yield f"{place}/rows", str(opened_table(cell).to_pylist()).encode()
