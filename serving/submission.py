"""What was handed in, as it is valued, stored and valued again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.ipc

from features import catalogue
from features.errors import ClaimsError, Finding
from features.package import HeaderValue, Package
from features.personal.recognition import masked
from features.tape import Reading

Notes = Mapping[str, Any]
SHARE_DIGITS = 6
# Warnings on a whole tape that may tell why all of its rows were rejected.
_WHY_NONE_IS_LEFT = ("sale_flag", "formulas_without_values")


@dataclass(frozen=True)
class PackedSubmission:
    """A submission as the store keeps it.

    Attributes:
        claims: Table of claims as an Arrow IPC stream; the other two alike.
        collateral: Table of collateral.
        guarantees: Table of guarantees.
        notes: Header of the package and notes as JSON.
    """

    claims: bytes
    collateral: bytes
    guarantees: bytes
    notes: bytes

    def open(self) -> "Submission":
        """The submission again."""
        kept = orjson.loads(self.notes)
        package = Package.of(
            opened_table(self.claims),
            opened_table(self.collateral),
            opened_table(self.guarantees),
            typed_header(kept["header"]),
        )
        return Submission(package, kept["notes"])


@dataclass(frozen=True)
class Submission:
    """A package to be valued, with everything its reading had to say.

    Attributes:
        package: The claims to value.
        notes: Plain data that the answer repeats: row numbers, completeness, rejected
            rows, warnings, columns and encoding.
        persons: Personal data by table, for the vault; never with the package.
    """

    package: Package
    notes: Notes
    persons: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, reading: Reading, filename: str | None = None) -> "Submission":
        """The submission of a tape, or of records where there is no file name.

        Raises:
            ClaimsError: No claim is left to be valued.
        """
        if not len(reading.package):
            of_tape = [f for f in reading.warnings if f.code in _WHY_NONE_IS_LEFT]
            findings = [f for row in reading.rejected for f in row.findings]
            raise ClaimsError(
                "no claim is left to be valued",
                [*of_tape, *findings],
                zh="没有可估值的债权",
            )
        shown = None if filename is None else masked(filename)
        return cls(reading.package, _notes(reading, shown), reading.persons)

    @property
    def filename(self) -> str | None:
        """Name of the file that was handed in; None for records."""
        name: str | None = self.notes["filename"]
        return name

    def packed(self) -> PackedSubmission:
        """The same as bytes for the store."""
        package = self.package
        notes = {"header": dict(package.header), "notes": dict(self.notes)}
        return PackedSubmission(
            packed_table(package.claims),
            packed_table(package.collateral),
            packed_table(package.guarantees),
            orjson.dumps(notes),
        )


def plain_finding(finding: Finding) -> dict[str, Any]:
    """A finding as it stands in an answer; empty parts are left out."""
    return {k: v for k, v in asdict(finding).items() if v is not None}


def rule_of(finding: Mapping[str, Any]) -> tuple[str, ...]:
    """What findings on several rows share; one on no row stands by itself."""
    alone = "" if finding.get("row") is not None else finding["reason"]
    return finding["code"], finding.get("table", ""), finding.get("field", ""), alone


def _notes(reading: Reading, filename: str | None) -> Notes:
    rows = [int(r) for r in reading.rows]
    of_claims, of_package = _parted(reading.warnings, rows)
    return {
        "filename": filename,
        "encoding": reading.encoding,
        "rows": rows,
        "completeness": [round(float(c), SHARE_DIGITS) for c in reading.completeness],
        "claim_warnings": of_claims,
        "warnings": of_package,
        "rejected_rows": [
            {
                "table": row.table,
                "row": int(row.row),
                "findings": [plain_finding(f) for f in row.findings],
            }
            for row in reading.rejected
        ],
        "columns": [asdict(column) for column in reading.columns],
        "unmapped_columns": [
            {"table": column.table, "header": column.header}
            for column in reading.unmapped
        ],
    }


def _parted(
    warnings: Sequence[Finding], rows: Sequence[int]
) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    """Warnings of single claims with the claim's position, and all others."""
    position = {row: i for i, row in enumerate(rows)}
    of_claims: list[list[Any]] = []
    others: list[dict[str, Any]] = []
    for warning in warnings:
        claimed = warning.table == "claims" and warning.row in position
        if claimed and warning.row is not None:
            of_claims.append([position[warning.row], plain_finding(warning)])
        else:
            others.append(plain_finding(warning))
    return of_claims, others


def packed_table(table: pa.Table) -> bytes:
    """A table as the store keeps it."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def opened_table(packed: bytes) -> pa.Table:
    """The table again."""
    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()


def typed_header(header: Mapping[str, Any]) -> dict[str, HeaderValue]:
    """Fields of the package again, with days as dates."""
    kinds = {name: field.kind for name, field in catalogue.fields("package").items()}
    return {
        name: date.fromisoformat(value) if kinds[name] == "date" else value
        for name, value in header.items()
    }
