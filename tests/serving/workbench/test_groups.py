"""Groups of claims and the largest holders, in an order that no tape decides."""

import pyarrow as pa
import pytest

from serving.workbench.package.groups import grouped, guarantors, largest

CLAIMS = [("a", "B", "zhejiang"), ("b", "A", "anhui"), ("c", "C", "shanghai")]


def lines_of(rows: list[tuple[str, str, str]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "row": number,
                "claim_id": claim,
                "obligor_id": obligor,
                "province": province,
                "claim_fen": 100,
                "gross_fen": 50,
                "present_value_fen": 0,
            }
            for number, (claim, obligor, province) in enumerate(rows)
        ]
    )


@pytest.mark.parametrize("rows", [CLAIMS, CLAIMS[::-1]])
def test_equals_stand_by_name_whatever_the_order_of_the_tape(
    rows: list[tuple[str, str, str]],
) -> None:
    lines = lines_of(rows)
    signed = [{"claim_id": row[0], "guarantor_id": row[1]} for row in rows]

    held = largest(lines, "obligor_id")
    backed = guarantors(lines, pa.Table.from_pylist(signed))
    provinces = grouped(lines, "province", "en", "unknown")

    assert [share.name for share in held] == ["A", "B", "C"]
    assert [share.name for share in backed] == ["A", "B", "C"]
    assert [sums.name for sums in provinces] == ["anhui", "shanghai", "zhejiang"]
