"""A filtered view as a file: the rows of all its pages, amounts in exact yuan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import pyarrow as pa

from features.catalogue import Language
from serving.figures.package import yuan
from serving.sheets.book import SIMULATED, workbook
from serving.sheets.cells import Cell, Kind
from serving.sheets.csv_file import csv_file
from serving.workbench.claims.cells import kept
from serving.workbench.claims.columns import Column
from serving.workbench.claims.selection import Sums
from serving.workbench.words import text

_SHEET_KINDS: dict[str, Kind] = {
    "amount": "yuan",
    "rate": "rate",
    "points": "rate",
    "count": "integer",
}


@dataclass(frozen=True)
class Download:
    """A view and what a reader of its file must know.

    Attributes:
        valuation_id: The valuation.
        simulated: Whether its model learnt from a simulated history.
        columns: Columns of the view.
        content: Rows of all its pages.
        sums: Exact sums of the claims that it chose.
        address: The view, as a reader opens it again.
        language: Of words.
    """

    valuation_id: str
    simulated: bool
    columns: Sequence[Column]
    content: pa.Table
    sums: Sums
    address: str
    language: Language

    def csv(self) -> bytes:
        """As csv; a column says on each row whether the model is simulated."""
        columns = [pa.array(self._values(column)) for column in self.columns]
        names = [self._title(column, self.language) for column in self.columns]
        simulated = pa.array([self.simulated] * len(self.content), pa.bool_())
        names.append(text(self.language, "claims.simulated_model"))
        return csv_file(pa.table([*columns, simulated], names))

    def xlsx(self) -> bytes:
        """As a workbook; its first sheet says what was chosen and what it adds up to.

        Raises:
            InputError: There are more rows than a sheet of Excel holds.
        """
        target = BytesIO()
        columns = [
            (
                self._title(column, "zh"),
                self._title(column, "en"),
                _SHEET_KINDS.get(column.kind, "text"),
            )
            for column in self.columns
        ]
        values = [self._values(column) for column in self.columns]
        with workbook(target) as sheets:
            sheets.pairs("摘要 Summary", self._summary())
            sheets.table("债权 Claims", columns, zip(*values, strict=True))
        return target.getvalue()

    def _values(self, column: Column) -> list[Cell]:
        values = self.content[column.source].to_pylist()
        return [kept(column, value, self.language) for value in values]

    def _title(self, column: Column, language: Language) -> str:
        title = text(language, f"claims.column_{column.name}")
        if column.kind != "amount":
            return title
        unit = text(language, "common.unit_yuan")
        return f"{title}（{unit}）" if language == "zh" else f"{title} ({unit})"

    def _summary(self) -> Iterator[tuple[str, str, Cell, Kind]]:
        if self.simulated:
            yield SIMULATED
        sums = self.sums
        yield "估值编号", "valuation", self.valuation_id, "text"
        yield "视图", "view", self.address, "text"
        yield "债权笔数", "claims", sums.claims, "integer"
        yield "债权（元）", "claim (yuan)", yuan(sums.claim_fen), "yuan"
        yield "预期回款（元）", "gross cash (yuan)", yuan(sums.gross_fen), "yuan"
        yield "净回款（元）", "net cash (yuan)", yuan(sums.net_fen), "yuan"
        value = yuan(sums.present_value_fen)
        yield "净现值（元）", "present value (yuan)", value, "yuan"
        yield "预期回收率", "recovery rate", sums.mean_rate, "rate"
