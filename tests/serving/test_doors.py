"""One tape through every door: the same figures."""

import json
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from serving.__main__ import program
from serving.answers.valuation import ValuationOut

pytestmark = pytest.mark.unwatched

CLAIMS: Sequence[dict[str, Any]] = [
    {
        "claim_id": f"{i:05d}",
        "product": ("working_capital", "credit_card", "mortgage_loan")[i % 3],
        "principal": 12_345.67 * (i + 1),
        "interest": 89.01 * i,
        "days_past_due": 90 + 31 * i,
        "default_date": f"2023-{i % 12 + 1:02d}-15",
        "five_class": "doubtful",
        "written_off": i % 2 == 0,
    }
    for i in range(24)
]
COLLATERAL: Sequence[dict[str, Any]] = [
    {
        "claim_id": "00002",
        "collateral_id": "H1",
        "collateral_type": "home",
        "appraised_value": 50_000.5,
    }
]
CUTOFF = "2025-06-30"
ASSUMPTIONS = {"simulations": 400, "target_return_rate": 0.18}


def as_workbook() -> bytes:
    book = openpyxl.Workbook()
    for name, rows in (("claims", CLAIMS), ("collateral", COLLATERAL)):
        sheet = book.create_sheet(name)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    del book["Sheet"]
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def as_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    lines = [",".join(rows[0])]
    lines += [",".join(str(v) for v in row.values()) for row in rows]
    return "\n".join(lines).encode("utf-8-sig")


def as_parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(
        [{**r, "default_date": date.fromisoformat(r["default_date"])} for r in rows]
    )
    target = BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def figures(answer: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on the door; row numbers and headers may."""
    claims = [
        {k: v for k, v in c.items() if k not in ("row", "warnings")}
        for c in answer["claims"]
    ]
    return {"package": answer["package"], "claims": claims}


def by_json(client: TestClient, *, collateral: bool) -> dict[str, Any]:
    package: dict[str, Any] = {
        "package": {"cutoff_date": CUTOFF},
        "claims": list(CLAIMS),
        "assumptions": ASSUMPTIONS,
    }
    if collateral:
        package["collateral"] = list(COLLATERAL)
    response = client.post("/v1/valuations", json=package)
    assert response.status_code == 201, response.text
    return figures(response.json())


def upload(
    client: TestClient, name: str, content: bytes, **form: str
) -> dict[str, Any]:
    response = client.post(
        "/v1/valuations/upload",
        files={"file": (name, content)},
        data={"assumptions": json.dumps(ASSUMPTIONS), "cutoff_date": CUTOFF, **form},
    )
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


def as_foreign_csv() -> bytes:
    """The same claims under headers nobody knows, with amounts in 万元."""
    renamed = {"claim_id": "编码", "principal": "欠款"}
    rows = [
        {
            renamed.get(k, k): f"{v / 1e4:.6f}" if k == "principal" else v
            for k, v in row.items()
        }
        for row in CLAIMS
    ]
    return as_csv(rows)


@pytest.mark.usefixtures("installed")
def test_a_tape_of_unknown_headers_is_valued_as_its_sender_says(
    client: TestClient, tmp_path: Path
) -> None:
    said = {"claims": {"编码": "claim_id", "欠款": "principal:万元"}}
    answer = upload(client, "t.csv", as_foreign_csv(), columns=json.dumps(said))
    assert figures(answer) == by_json(client, collateral=False)
    assert [c["header"] for c in answer["columns"] if c["by_hand"]] == ["编码", "欠款"]
    assert client.get(f"/v1/valuations/{answer['id']}.xlsx").status_code == 200

    (tape := tmp_path / "t.csv").write_bytes(as_foreign_csv())
    out = tmp_path / "out.json"
    program.main(
        [
            *("score", str(tape), str(out), "--cutoff-date", CUTOFF, "--no-store"),
            *("--column", "编码=claim_id", "--column", "欠款=principal:万元"),
            *(f"--assumption={name}={value}" for name, value in ASSUMPTIONS.items()),
        ],
        standalone_mode=False,
    )
    assert figures(json.loads(out.read_bytes())) == figures(answer)


@pytest.mark.parametrize(
    ("columns", "status", "code"),
    [
        ("[]", 422, None),
        ("{", 400, None),
        ('{"claims": {"principal": "principal:吨"}}', 422, "unknown_unit"),
        ('{"claims": {"no such": "city"}}', 422, "no_such_column"),
        ('{"claims": {"interest": "sum", "interest ": "x"}}', 422, "unknown_field"),
    ],
)
def test_wrong_corrections_are_refused(
    shared_client: TestClient, columns: str, status: int, code: str | None
) -> None:
    response = shared_client.post(
        "/v1/valuations/upload",
        files={"file": ("t.csv", as_csv(CLAIMS))},
        data={"cutoff_date": CUTOFF, "columns": columns},
    )
    assert response.status_code == status
    assert [e["code"] for e in response.json()["errors"][:1]] == (
        [code] if code else []
    )


def test_workbook_gives_the_figures_of_json(client: TestClient) -> None:
    answer = upload(client, "tape.xlsx", as_workbook())

    assert figures(answer) == by_json(client, collateral=True)


@pytest.mark.parametrize(
    ("name", "content"), [("t.csv", as_csv(CLAIMS)), ("t.parquet", as_parquet(CLAIMS))]
)
def test_file_of_claims_gives_the_figures_of_json(
    client: TestClient, name: str, content: bytes
) -> None:
    answer = upload(client, name, content)

    assert figures(answer) == by_json(client, collateral=False)


def test_batch_gives_the_figures_of_json(
    client: TestClient, installed: Path, tmp_path: Path
) -> None:
    tape, out = tmp_path / "tape.xlsx", tmp_path / "out" / "valuation.json"
    tape.write_bytes(as_workbook())
    stated = [f"--assumption={name}={value}" for name, value in ASSUMPTIONS.items()]

    program.main(
        ["score", str(tape), str(out), f"--cutoff-date={CUTOFF}", "--json", *stated],
        standalone_mode=False,
    )

    assert installed.is_dir()
    assert figures(json.loads(out.read_text())) == by_json(client, collateral=True)


def test_bad_rows_are_reported_and_the_others_valued(client: TestClient) -> None:
    rows = [dict(row) for row in CLAIMS]
    rows[3]["principal"] = -5

    answer = upload(client, "tape.csv", as_csv(rows))

    assert answer["package"]["claims"] == len(CLAIMS) - 1
    (rejected,) = answer["rejected_rows"]
    assert (rejected["table"], rejected["row"]) == ("claims", 5)
    assert rejected["findings"][0]["field"] == "principal"
    assert [w["code"] for w in answer["warnings"]].count("rows_rejected") == 1
    ValuationOut.model_validate(answer)


def test_columns_that_were_not_recognised_are_named(client: TestClient) -> None:
    rows = [{**row, "星座": "狮子"} for row in CLAIMS]

    answer = upload(client, "tape.csv", as_csv(rows))

    assert answer["unmapped_columns"] == [{"table": "claims", "header": "星座"}]
    assert answer["encoding"] == "utf-8-sig"


def test_cutoff_date_of_the_form_wins_over_the_file(client: TestClient) -> None:
    rows = [{**row, "cutoff_date": "2025-01-31"} for row in CLAIMS]

    answer = upload(client, "tape.csv", as_csv(rows))

    assert answer["package"]["cutoff_date"] == CUTOFF


def test_package_of_the_form_is_kept(client: TestClient) -> None:
    answer = upload(client, "t.csv", as_csv(CLAIMS), package='{"package_id": "P-7"}')

    assert answer["package"]["package_id"] == "P-7"
    found = client.get("/v1/valuations", params={"package_id": "P-7"}).json()
    assert [line["filename"] for line in found["items"]] == ["t.csv"]


@pytest.mark.parametrize(
    "form",
    [
        {"assumptions": "{"},
        {"assumptions": "[]"},
        {"assumptions": '{"luck": 1}'},
        {"cutoff_date": "soon"},
        {"package": '{"colour": "red"}'},
        {"cutoff_date": "1735603200"},
        {"cutoff_date": "2025/12/31"},
        {"package": '{"cutoff_date": 45000}'},
        {"package": '{"cutoff_date": "2025年6月30日"}'},
        {"package": '{"package_id": 12}'},
        {"package": '{"start_price": "1.2万"}'},
        {"package": "NaN"},
        {"surprise": "1"},
    ],
)
def test_wrong_form_is_refused(shared_client: TestClient, form: dict[str, str]) -> None:
    response = shared_client.post(
        "/v1/valuations/upload",
        files={"file": ("t.csv", as_csv(CLAIMS))},
        data={"cutoff_date": CUTOFF, **form},
    )

    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"PK\x03\x04 not a zip",
        b"name,age\nanna,3",
        as_csv([{**row, "principal": "many"} for row in CLAIMS]),
    ],
)
def test_file_that_is_no_tape_is_refused(
    shared_client: TestClient, content: bytes
) -> None:
    response = shared_client.post(
        "/v1/valuations/upload",
        files={"file": ("tape.csv", content)},
        data={"cutoff_date": CUTOFF},
    )

    assert response.status_code == 422
    assert response.json()["detail"]


def test_upload_without_a_file_is_refused(shared_client: TestClient) -> None:
    response = shared_client.post("/v1/valuations/upload", data={"assumptions": "{}"})

    assert response.status_code == 422
