"""Words in the cells of a history."""

from typing import Any

import pyarrow as pa
import pytest

from features.errors import HistoryError
from features.package import canonical_table
from features.sources.words import check_totals, in_catalogue_words

CASH = {"claim_id": "001", "amount": 5.0}


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return canonical_table(name, pa.Table.from_pylist(rows))


@pytest.mark.parametrize(
    ("name", "column", "said", "meant"),
    [
        (
            "ledger",
            "kind",
            ["回款", "cost", "抵债资产"],
            ["recovery", "cost", "non_cash"],
        ),
        ("workouts", "status", ["结案", "Open", None], ["closed", "open", None]),
        (
            "claims",
            "province",
            ["山东", "山东省", "月球"],
            ["shandong", "shandong", "月球"],
        ),
        ("ledger", "kind", ["gift", "费用", "gift"], ["gift", "cost", "gift"]),
    ],
)
def test_categories_are_read_as_on_a_tape(
    name: str, column: str, said: list[str], meant: list[str]
) -> None:
    read = in_catalogue_words(name, table(name, [{column: word} for word in said]))
    assert read[column].to_pylist() == meant
    assert read.schema == table(name, [{}]).schema


@pytest.mark.parametrize("word", ["合计", "小 计", "Total", "苏州分行小计"])
@pytest.mark.parametrize("name", ["claims", "ledger"])
def test_a_row_of_totals_is_called_that(name: str, word: str) -> None:
    rows = [{"claim_id": "001"}, {"claim_id": word}, {"claim_id": None}]
    with pytest.raises(HistoryError, match=f"{name}, row 3: claim_id '{word}'") as no:
        check_totals(name, table(name, rows))
    assert "是合计行" in no.value.zh
    check_totals(name, table(name, [{"claim_id": "T001"}, {"claim_id": "计算001"}]))
