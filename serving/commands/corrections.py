"""Corrections of headers as words of a command line."""

from collections.abc import Sequence

from features.errors import TapeError
from features.reading.corrections import Corrections


def stated_corrections(stated: Sequence[str]) -> Corrections:
    """Corrections from words such as ``欠款=principal:万元``.

    The table of a field that is not one of claims stands before it:
    ``评估价=collateral.appraised_value``.

    Raises:
        TapeError: A word has no ``=``, or the corrections are refused.
    """
    tables: dict[str, dict[str, str]] = {}
    for word in stated:
        header, equals, said = word.rpartition("=")
        if not equals:
            raise TapeError(f"write a column as HEADER=field, not {word!r}")
        table, dot, field = said.rpartition(".")
        tables.setdefault(table if dot else "claims", {})[header] = field
    return Corrections.of(tables)
