"""What the cells of a history say in words: categories, and totals among the claims."""

import pyarrow as pa

from features import catalogue
from features.catalogue import Field
from features.errors import HistoryError
from features.package import FIRST_ROW
from features.reading.values.categories import category_of
from features.reading.values.provinces import with_provinces
from features.reading.values.text import RefusedError
from features.reading.values.words import Words


def in_catalogue_words(name: str, table: pa.Table) -> pa.Table:
    """The table with each category in the word of the catalogue, as tapes are read.

    A province that a history calls 山东 and a tape shandong would be two to a model,
    and one that is told by a city alone none. Words that the catalogue does not know
    stay.
    """
    for place, column in enumerate(table.column_names):
        field = catalogue.kept_fields(name)[column]
        if field.kind != "category" or table[column].null_count == len(table):
            continue
        coded = table[column].combine_chunks().dictionary_encode()
        said = coded.dictionary.to_pylist()
        meant = [_category(field, word) for word in said]
        if meant != said:
            read = pa.array(meant, pa.string()).take(coded.indices)
            table = table.set_column(place, table.schema.field(place), read)
    return with_provinces(name, table)


def _category(field: Field, word: str) -> str:
    try:
        return category_of(field, word)
    except RefusedError:
        return word


def check_totals(name: str, table: pa.Table) -> None:
    """Refuse rows that sum others up, as sheets have them between and below.

    Raises:
        HistoryError: There are such rows; the first of them is named.
    """
    rows = Words.of(table["claim_id"]).names_total().tolist()
    if rows:
        word, row = table["claim_id"][rows[0]].as_py(), rows[0] + FIRST_ROW
        raise HistoryError(
            f"{name}, row {row}: claim_id {word!r} is no claim but heads a row of "
            f"totals (such rows: {len(rows):,}); drop them",
            zh=f"{name} 第{row}行：claim_id {word!r} 是合计行，不是债权"
            f"（此类行共{len(rows):,}行）；请删去",
        )
