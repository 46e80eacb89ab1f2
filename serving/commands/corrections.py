"""Corrections of headers as words of a command line."""

from collections.abc import Sequence

from features.errors import TapeError
from features.reading.corrections import Corrections


def stated_corrections(stated: Sequence[str]) -> Corrections:
    """Corrections from words such as ``欠款=principal:万元``.

    The table of a field that is not one of claims stands before it:
    ``评估价=collateral.appraised_value``.

    Raises:
        TapeError: A word has no ``=``, a header is told of twice, or the corrections
            are refused.
    """
    tables: dict[str, dict[str, str]] = {}
    for word in stated:
        header, equals, said = word.rpartition("=")
        if not equals:
            raise TapeError(
                f"write a column as HEADER=field, not {word!r}",
                zh=f"列须写作 表头=字段，而非 {word!r}",
            )
        table, dot, field = said.rpartition(".")
        columns = tables.setdefault(table if dot else "claims", {})
        if header in columns:
            raise TapeError(
                f"the column {header!r} is told of twice; state one field for it",
                zh=f"列 {header!r} 重复；请只指定一个字段",
            )
        columns[header] = field
    return Corrections.of(tables)
