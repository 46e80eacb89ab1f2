"""Checks of rows against each other: cut-off dates, repeated and absent claims."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Field
from features.errors import Finding, TapeError
from features.findings import finding
from features.reading.tables import ConvertedTable, Remark
from features.reading.title import PackageHeader
from features.reading.values.column import Bools, bools

_BEGINNING = "origination_date"
# Numbers of which only some digits are told: 6222****1234.
_MASKED = re.compile(r"[*●•]{2,}|\d[xX]{2,}\d", re.ASCII)


def with_header(claims: ConvertedTable, header: PackageHeader) -> ConvertedTable:
    """The claims with the fields of the package that each of them carries.

    Raises:
        TapeError: Nothing says the cut-off date of any claim.
    """
    data = claims.data
    for name, field in catalogue.fields("claims").items():
        value = header.imposed.get(name, header.stated.get(name))
        if not field.per_claim or (value is None and not field.required):
            continue
        data = _filled(data, name, field.arrow_type, value, name in header.imposed)
    if not _has_cutoff(claims, data):
        raise _without_any_cutoff(header)
    return replace(claims, data=data)


def _without_any_cutoff(header: PackageHeader) -> TapeError:
    field = catalogue.field("package", "cutoff_date")
    code = "no_cutoff_in_json" if header.strict else "no_cutoff"
    absent = finding(code, table="package", field=field)
    stated = [found for found in header.findings if found.field == field.name]
    if not stated:
        return TapeError(absent.reason, (*header.findings, absent), absent.reason_zh)
    # What a title row says in place of a date may mean that there is none yet.
    message = stated[0].sentence() if header.strict else absent.reason
    zh = stated[0].reason_zh if header.strict else absent.reason_zh
    return TapeError(message, header.findings, zh)


def _has_cutoff(claims: ConvertedTable, data: pa.Table) -> bool:
    """Whether any claim states a cut-off date, be it one that was refused."""
    refused = any(r.finding.field == "cutoff_date" for r in claims.remarks)
    return refused or not len(data) or data["cutoff_date"].null_count < len(data)


def _filled(
    data: pa.Table, name: str, kind: pa.DataType, value: Any, imposed: bool
) -> pa.Table:
    if value is None and name in data.column_names:
        return data
    whole = pa.repeat(pa.scalar(value, kind), len(data))
    if name not in data.column_names:
        return data.append_column(name, whole)
    column = whole if imposed else pc.coalesce(data[name], whole)
    return data.set_column(data.schema.get_field_index(name), name, column)


def without_cutoff(claims: ConvertedTable) -> Iterable[Remark]:
    """A remark on every claim whose cut-off date nothing says."""
    field = catalogue.field("claims", "cutoff_date")
    refused = {r.position for r in claims.remarks if r.finding.field == field.name}
    for position in np.flatnonzero(bools(claims.data[field.name].is_null())):
        if position not in refused:
            yield claims.remark("missing", int(position), field)


def known_by_cutoff(
    table: ConvertedTable, cutoff: pa.ChunkedArray, *, strict: bool
) -> ConvertedTable:
    """The table without what was not known on the cut-off date of its claim.

    A date that lies later is set aside with what it dates, and the row is valued
    without them. A claim that began later is no claim of the package.

    Args:
        table: The table.
        cutoff: Cut-off date of the claim of each of its rows; null where unknown.
        strict: Whether it came as JSON, where a wrong value rejects its row.
    """
    data, remarks = table.data, list(table.remarks)
    for field in _past_dates(table):
        late = bools(pc.greater(data[field.name], cutoff))
        if not late.any():
            continue
        rejects = strict or field.name == _BEGINNING
        remarks += _late_remarks(table, field, late, cutoff, rejects)
        for name in {field.name, *field.dates} & {*data.column_names}:
            data = _emptied(data, name, late)
    return replace(table, data=data, remarks=tuple(remarks))


def _past_dates(table: ConvertedTable) -> Iterable[Field]:
    """Fields that tell on which day something had happened."""
    fields = (catalogue.field(table.table, name) for name in table.data.column_names)
    return (
        field
        for field in fields
        if field.kind == "date"
        and not field.after_cutoff
        and field.name != "cutoff_date"
    )


def _late_remarks(
    table: ConvertedTable,
    field: Field,
    late: Bools,
    cutoff: pa.ChunkedArray,
    rejects: bool,
) -> Iterable[Remark]:
    left_out = [catalogue.field(table.table, name) for name in field.dates]
    for row in np.flatnonzero(late).tolist():
        yield table.remark(
            "after_cutoff" if rejects else "set_aside",
            row,
            field,
            rejects=rejects,
            value=table.data[field.name][row],
            cutoff=cutoff[row],
            left_out="".join(f" and {each.name}" for each in left_out),
            left_out_zh="".join(f"、{each.zh}" for each in left_out),
        )


def _emptied(data: pa.Table, name: str, rows: Bools) -> pa.Table:
    column = pc.if_else(pa.array(rows), None, data[name])
    return data.set_column(data.schema.get_field_index(name), name, column)


def repeated_claims(claims: ConvertedTable) -> Iterable[Remark]:
    """A remark on every later row of a claim_id."""
    field = catalogue.field("claims", "claim_id")
    ids = claims.data["claim_id"].combine_chunks()
    first = _first_rows(ids)
    for position in np.flatnonzero(first < np.arange(len(first))):
        row, value = int(position), ids[int(position)].as_py()
        earlier = int(claims.rows[first[row]])
        code = "masked_claim" if _MASKED.search(value) else "duplicate_claim"
        yield claims.remark(code, row, field, value=value, first=earlier)


def _first_rows(ids: pa.Array) -> npt.NDArray[np.int64]:
    """For each row the first row with the same id; nulls are their own first."""
    own, encoded = np.arange(len(ids)), ids.dictionary_encode()
    if len(encoded.dictionary) + ids.null_count == len(ids):
        return own
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return np.where(codes < 0, own, first[inverse])


def owners(table: ConvertedTable, claims: ConvertedTable) -> pa.ChunkedArray:
    """Row of the claim of each joined row, the first of its id; null without one."""
    return pc.index_in(table.data["claim_id"], claims.data["claim_id"])


def orphans(
    table: ConvertedTable, owner: pa.ChunkedArray, accepted: Bools
) -> Iterable[Remark]:
    """A remark on every joined row whose claim is absent or was rejected.

    Args:
        table: The joined table.
        owner: Row of the claim of each of its rows, null without one.
        accepted: Which claims are accepted, of a repeated one the first at most.
    """
    field = catalogue.field(table.table, "claim_id")
    ids = table.data["claim_id"]
    claim = owner.fill_null(-1).to_numpy()
    taken = np.append(accepted, False)[claim]
    for row in np.flatnonzero(bools(ids.is_valid()) & ~taken).tolist():
        code = "claim_rejected" if claim[row] >= 0 else "claim_not_found"
        yield table.remark(code, row, field, value=ids[row].as_py())


def common_cutoff(claims: pa.Table) -> date | None:
    """The cut-off date that all claims share, if they do."""
    days = pc.unique(claims["cutoff_date"])
    return days[0].as_py() if len(days) == 1 else None


def other_cutoff(header: PackageHeader, of_claims: date | None) -> Iterable[Finding]:
    """A finding where a tape states one cut-off date above its claims, another in them.

    Args:
        header: What stands above the table, and what the sender imposes.
        of_claims: The cut-off date that all claims share; None without one.
    """
    above = header.stated.get("cutoff_date")
    if None in (above, of_claims) or above == of_claims:
        return
    if "cutoff_date" not in header.imposed:
        yield finding("other_cutoff", table="package", above=above, used=of_claims)
