import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest

from features.tape import Reading, read_tape

Rows = Sequence[Sequence[Any]]


@pytest.fixture(scope="session")
def cutoff() -> date:
    return date(2025, 6, 30)


@pytest.fixture(scope="session")
def csv_bytes() -> Callable[..., bytes]:
    def build(rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(rows)
        return text.getvalue().encode(encoding)

    return build


@pytest.fixture(scope="session")
def workbook() -> Callable[[Mapping[str, Rows]], bytes]:
    def build(sheets: Mapping[str, Rows]) -> bytes:
        book = openpyxl.Workbook(write_only=True)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return build


@pytest.fixture(scope="session")
def read_csv(csv_bytes: Callable[..., bytes], cutoff: date) -> Callable[..., Reading]:
    """Reads rows, the header first, as a csv tape with a cut-off date."""

    def read(*rows: Sequence[Any], **header: Any) -> Reading:
        stated = {"cutoff_date": cutoff, **header}
        return read_tape(csv_bytes(rows), "tape.csv", header=stated)

    return read


@pytest.fixture(scope="session")
def read_column(read_csv: Callable[..., Reading]) -> Callable[..., Reading]:
    """Reads one more column beside an id and a principal, one claim per value."""

    def read(header: str, *values: Any) -> Reading:
        rows = [(f"{i:03d}", "100", value) for i, value in enumerate(values)]
        return read_csv(("借据号", "本金余额", header), *rows)

    return read


@pytest.fixture(scope="session")
def read_cells(workbook: Callable[..., bytes], cutoff: date) -> Callable[..., Reading]:
    """Reads one column of typed cells of a workbook, one claim per cell."""

    def read(header: str, *cells: Any) -> Reading:
        rows = [(f"{i:03d}", 100, cell) for i, cell in enumerate(cells)]
        data = workbook({"债权": [("借据号", "本金余额", header), *rows]})
        return read_tape(data, "tape.xlsx", header={"cutoff_date": cutoff})

    return read


@pytest.fixture(scope="session")
def codes() -> Callable[[Reading], list[list[str]]]:
    """Codes of the findings of each rejected row."""

    def of(reading: Reading) -> list[list[str]]:
        return [[f.code for f in row.findings] for row in reading.rejected]

    return of
