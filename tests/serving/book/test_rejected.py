"""Rows that cannot be used are told with their row and reason, the others priced."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.package import Package
from tests.serving.book.conftest import ScoreBook, parts


def test_bad_rows_of_parquet_are_told_by_their_place_in_the_file(
    score_here: ScoreBook, personal: Package, tmp_path: Path
) -> None:
    claims = personal.claims
    ids = claims["claim_id"].to_pylist()
    principal = claims["principal"].to_pylist()
    principal[7] = principal[250] = -5.0
    # Rows 300 and 310 fall into one chunk.
    ids[310] = ids[300]
    spoilt = claims.set_column(
        claims.schema.get_field_index("principal"), "principal", pa.array(principal)
    ).set_column(claims.schema.get_field_index("claim_id"), "claim_id", pa.array(ids))
    pq.write_table(spoilt, tmp_path / "claims.parquet")

    book = score_here([str(tmp_path / "claims.parquet")], tmp_path / "out")

    told = parts(tmp_path / "out", "rejected").to_pylist()
    assert [(row["row"], row["field"], row["code"]) for row in told] == [
        (7, "principal", "not_positive"),
        (250, "principal", "not_positive"),
        (310, "claim_id", "duplicate_claim"),
    ]
    assert told[0]["value"] == "-5"
    assert told[0]["file"] == str(tmp_path / "claims.parquet")
    assert "must be above zero" in told[0]["reason"]
    assert "必须大于零" in told[0]["reason_zh"]
    assert "row 300" in told[2]["reason"]
    assert book["counts"]["rejected_rows"] == {"claims": 3}
    assert book["rejected"] == {"duplicate_claim": 1, "not_positive": 2}
    priced = parts(tmp_path / "out")["claim_id"].to_pylist()
    assert priced == [i for at, i in enumerate(ids) if at not in (7, 250, 310)]


def test_lines_of_csv_are_counted_over_torn_ones(
    score_here: ScoreBook, tmp_path: Path
) -> None:
    lines = [
        "claim_id,principal,cutoff_date",
        *(f"A{i},{i + 100},2025-06-30" for i in range(20)),
    ]
    lines[3] = "A2,1,234,2025-06-30"
    lines[4] = '"A\n3",nothing,2025-06-30'
    lines[12] = "A11"
    lines[20] = "A19,1,2,3"
    (tmp_path / "claims.csv").write_text("\n".join(lines), "utf-8")

    for chunk in (4, 100):
        out = tmp_path / str(chunk)
        score_here([str(tmp_path / "claims.csv")], out, chunk_claims=chunk)

        told = parts(out, "rejected").to_pylist()
        assert [(row["row"], row["code"]) for row in told] == [
            (4, "wrong_cells"),
            (5, "malformed_amount"),
            (13, "wrong_cells"),
            (21, "wrong_cells"),
        ]
        assert len(parts(out)) == 16


def test_a_chunk_without_a_good_row_is_an_empty_part(
    score_here: ScoreBook, tmp_path: Path
) -> None:
    rows = "".join(f"A{i},{-1 if i < 10 else 500},2025-06-30\n" for i in range(20))
    (tmp_path / "claims.csv").write_text("claim_id,principal,cutoff_date\n" + rows)

    book = score_here([str(tmp_path / "claims.csv")], tmp_path / "out", chunk_claims=10)

    assert [part["rows"] for part in book["parts"]] == [0, 10, 10]
    assert parts(tmp_path / "out")["claim_id"].to_pylist()[0] == "A10"


def test_rows_of_collateral_are_told_by_their_place_too(
    score_here: ScoreBook,
    corporate: Package,
    corporate_files: Callable[[str], str],
    tmp_path: Path,
) -> None:
    path = corporate_files("collateral")
    items = pq.read_table(path)
    values = items["appraised_value"].to_pylist()
    values[200] = -1.0
    at = items.schema.get_field_index("appraised_value")
    pq.write_table(items.set_column(at, "appraised_value", pa.array(values)), path)

    book = score_here([corporate_files("claims")], tmp_path / "out", collateral=(path,))

    (told,) = parts(tmp_path / "out", "rejected").to_pylist()
    assert (told["file"], told["table"], told["row"]) == (path, "collateral", 200)
    assert book["counts"]["rejected_rows"] == {"collateral": 1}
    assert book["counts"]["claims"] == len(corporate)
    assert book["warnings"]["joined_row_rejected"] == 1
