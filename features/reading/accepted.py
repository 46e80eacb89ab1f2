"""Which rows of a table are accepted, and everything that is wrong with the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.errors import ColumnFinding, Finding
from features.reading.tables import ConvertedTable, Remark


@dataclass(frozen=True)
class RejectedRow:
    """A row that was left out.

    Attributes:
        table: Table of the tape; ``package`` for the header of a JSON package.
        row: Row as the sender counts it.
        findings: Everything that is wrong with it.
    """

    table: str
    row: int
    findings: tuple[Finding, ...]

    def in_columns(self) -> Self:
        """The same row of a table that came as columns."""
        found = tuple(ColumnFinding(**vars(finding)) for finding in self.findings)
        return replace(self, findings=found)


@dataclass(frozen=True)
class CheckedTable:
    """A table with everything that is wrong with its rows.

    Attributes:
        table: The table.
        remarks: What is wrong; a row is accepted if none of its remarks rejects it.
    """

    table: ConvertedTable
    remarks: tuple[Remark, ...]

    @cached_property
    def accepted(self) -> npt.NDArray[np.bool_]:
        """Which rows are accepted, shape (rows,)."""
        accepted = np.ones(len(self.table.rows), dtype=np.bool_)
        accepted[[r.position for r in self.remarks if r.rejects]] = False
        return accepted

    def data(self) -> pa.Table:
        """The accepted rows."""
        if self.accepted.all():
            return self.table.data
        return self.table.data.filter(pa.array(self.accepted))

    def persons(self) -> pa.Table:
        """Personal data of the accepted rows that hold any: claim, row and texts."""
        personal = self.table.personal
        claims, rows = self.table.data["claim_id"], pa.array(self.table.rows)
        whole = pa.table({"claim": claims, "row": rows, **personal})
        said = np.zeros(len(whole), dtype=np.bool_)
        for text in personal.values():
            said |= text.is_valid().to_numpy(zero_copy_only=False)
        return whole.filter(pa.array(said & self.accepted))

    def warnings(self) -> Iterator[Finding]:
        """What is worth knowing about accepted rows."""
        return (r.finding for r in self.remarks if self.accepted[r.position])

    def rejected(self) -> Iterator[RejectedRow]:
        """The rejected rows in order, each with all of its findings."""
        wrong = [r for r in self.remarks if not self.accepted[r.position]]
        by_row = sorted(wrong, key=attrgetter("position"))
        for position, remarks in groupby(by_row, key=attrgetter("position")):
            findings = tuple(remark.finding for remark in remarks)
            row = int(self.table.rows[position])
            yield RejectedRow(self.table.table, row, findings)
