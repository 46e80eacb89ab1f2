"""Fields of the package as a whole: said by the caller, or written above a table."""

from collections.abc import Mapping
from typing import Any

from features import catalogue
from features.errors import Finding, TapeError
from features.findings import finding
from features.package import HeaderValue
from features.tape_cells import Cells
from features.tape_headers import FACTORS
from features.tape_tables import facts_of
from features.tape_values import Reader


def read_fact(
    name: str, value: Any, unit: str | None = None, *, iso_dates: bool = False
) -> tuple[HeaderValue | None, str | None]:
    """The value of a field of the package, or the rule that it breaks.

    Args:
        name: Name of the field.
        value: Value as written.
        unit: Unit of money where the value names none.
        iso_dates: Whether a date must be written as 2021-03-05.

    Raises:
        KeyError: There is no such field.
    """
    field = catalogue.field("package", name)
    factor = FACTORS[unit] if unit else 1.0
    reader = Reader(field, factor, iso_dates=iso_dates)
    column = reader.read(Cells.of([value]))
    if column.faults:
        return None, column.faults[0].code
    found: HeaderValue | None = column.values[0].as_py()
    return found, None


def fact_finding(name: str, code: str, value: Any) -> Finding:
    """The finding about a field of the package."""
    field = catalogue.field("package", name)
    return finding(code, table="package", field=name, value=value, **facts_of(field))


def imposed_header(header: Mapping[str, HeaderValue] | None) -> dict[str, HeaderValue]:
    """The fields that the caller states.

    Raises:
        TapeError: A field does not exist or has a value that it cannot have.
    """
    known = catalogue.fields("package")
    read: dict[str, HeaderValue] = {}
    for name, value in (header or {}).items():
        if name not in known:
            raise TapeError(
                f"there is no field {name} of a package; known: {', '.join(known)}"
            )
        found, code = read_fact(name, value)
        if code is not None:
            wrong = fact_finding(name, code, value)
            raise TapeError(wrong.sentence(), [wrong])
        if found is not None:
            read[name] = found
    return read


def stated_header(
    facts: Mapping[str, Any], unit: str | None
) -> tuple[dict[str, HeaderValue], list[Finding]]:
    """The fields that a file states above its tables, and what cannot be read."""
    read: dict[str, HeaderValue] = {}
    notes = []
    for name, value in facts.items():
        found, code = read_fact(name, value, unit)
        if code is not None:
            notes.append(fact_finding(name, "package_fact", value))
        elif found is not None:
            read[name] = found
    return read, notes
