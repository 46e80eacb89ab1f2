"""Persons planted at every door are nowhere to be found but in the vault."""

import io
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from fastapi.testclient import TestClient

from serving.access.local import local_key
from serving.app import create_app, reading_pool
from tests.plugins.house import house
from tests.security.everything import Everything
from tests.security.planted import Planted, planted

pytestmark = pytest.mark.unwatched
SHORT, LONG = 200, 1_000
TEXTS = ("备注", "还款说明", "管户经理意见")
Plant = Callable[[], str]


@pytest.fixture(scope="module")
def values(pytestconfig: pytest.Config) -> list[Planted]:
    return planted(LONG if pytestconfig.getoption("--long") else SHORT)


@pytest.fixture
def client(tmp_path: Path, released_model: Path) -> Iterator[TestClient]:
    settings = house(tmp_path, released_model)
    pool = reading_pool(settings).start()
    app = create_app(settings, pool)
    key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
    with TestClient(app, headers=key, raise_server_exceptions=False) as client:
        yield client
    pool.close()


@pytest.fixture
def plant(values: list[Planted]) -> Plant:
    """The next value to plant, in turn for ever."""
    turn = cycle(values)
    return lambda: next(turn).text


def _no_amount(text: str) -> str:
    """A text that no column of amounts would take for one."""
    return f"{text}元整?" if text.isdigit() else text


def _rows(values: list[Planted], plant: Plant) -> list[dict[str, Any]]:
    """A row for each value, told in every column that could hold it."""
    rows = []
    for number, value in enumerate(values):
        rows.append(
            {
                "借据号": f"J{number:05d}-{value.text}"
                if number % 2
                else f"J{number:05d}",
                "本金余额": 1_000 + number if number % 7 else _no_amount(plant()),
                "债务人": value.text if value.kind == "name" else f"D{number}",
                "客户姓名": plant(),
                "身份证号": plant(),
                "联系电话": plant(),
                "放款日期": "2020-01-05" if number % 9 else plant(),
                "五级分类": "可疑" if number % 5 else plant(),
                "城市": "杭州" if number % 4 else f"联系人{plant()}",
                "备注": f"{plant()}，{plant()}。",
                "其他": f"{plant()}/{plant()}",
            }
        )
    return rows


def _csv(rows: list[dict[str, Any]], plant: Plant) -> bytes:
    header = [*rows[0], f"{plant()} 余额"]
    lines = [
        ",".join(header),
        *(",".join(map(str, row.values())) + ",1" for row in rows),
    ]
    return "\n".join(lines).encode()


def _workbook(rows: list[dict[str, Any]], plant: Plant) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        tables = {
            "债权": rows,
            plant()[:28].replace("/", ""): [{"说明": plant()} for _ in range(3)],
            "抵押物": [
                {
                    "债权编号": row["借据号"],
                    "押品编号": f"M-{plant()}",
                    "抵押人": plant(),
                    "押品城市": plant(),
                    "评估价值": _no_amount(plant()) if n % 3 else 5_000,
                }
                for n, row in enumerate(rows)
            ],
            "保证人": [
                {
                    "债权编号": row["借据号"],
                    "保证人编号": plant(),
                    "保证人名称": plant(),
                    "保证人电话": plant(),
                    "保证人类型": plant() if n % 3 else "自然人",
                }
                for n, row in enumerate(rows)
            ],
        }
        for name, table in tables.items():
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, list(table[0]))
            for number, row in enumerate(table, 1):
                sheet.write_row(number, 0, list(row.values()))
    return content.getvalue()


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    content = io.BytesIO()
    named = {name: [str(row[name]) for row in rows] for name in rows[0]}
    pq.write_table(pa.table(named), content)
    return content.getvalue()


def _upload(
    client: TestClient, content: bytes, name: str, **said: str
) -> tuple[int, bytes]:
    files = {"file": (name, content)}
    told = {"cutoff_date": "2025-06-30", **said}
    response = client.post("/v1/valuations/upload", files=files, data=told)
    return response.status_code, response.content


def _visit_exports(client: TestClient, valuation: str, found: Everything) -> None:
    """Every export and page of a valuation."""
    base = f"/v1/valuations/{valuation}"
    for path in (
        *(base, f"{base}.xlsx", f"{base}/report.pdf", f"{base}/announcement.pdf"),
        f"{base}/announcement.html",
        f"{base}/reviews",
        *(f"/{lang}/valuations/{valuation}" for lang in ("zh", "en")),
        *(
            f"/zh/valuations/{valuation}/{part}"
            for part in (
                "claims",
                "data",
                "cash",
                "mandate",
                "claims.csv",
                "claims.xlsx",
            )
        ),
        "/zh/valuations",
        "/zh/new",
        "/v1/valuations",
    ):
        response = client.get(path)
        assert response.status_code < 500, path
        found.add(path, response.content)


def _plant_json(
    client: TestClient, values: list[Planted], plant: Plant, found: Everything
) -> str:
    """Valued and refused requests in JSON; the valuation of the former."""
    claims = [
        {
            "claim_id": f"{number}-{value.text}",
            "principal": 5_000.0,
            "obligor_id": value.text,
            "obligor_name": plant(),
            "id_number": plant(),
            "city": plant(),
        }
        for number, value in enumerate(values)
    ]
    package = {"cutoff_date": "2025-06-30", "package_name": plant(), "seller": plant()}
    whole = {"package": package, "claims": claims, "assumptions": {"simulations": 100}}
    valued = client.post("/v1/valuations", json=whole)
    assert valued.status_code == 201, valued.text[:500]
    found.add("json", valued.content)
    found.add("prices", client.post("/v1/prices", json=whole).content)
    for number, value in enumerate(values):
        wrong = {
            "claim_id": "1",
            "principal": value.text,
            value.text: 1,
            "product": value.text,
        }
        bodies = (
            {"package": {"cutoff_date": value.text}, "claims": [wrong]},
            {"package": package, "claims": [], value.text: []},
            {**whole, "claims": claims[:1], "assumptions": {value.text: value.text}},
        )
        response = client.post("/v1/valuations", json=bodies[number % len(bodies)])
        assert 400 <= response.status_code < 500
        found.add("json refused", response.content)
    found.add("no json", client.post("/v1/valuations", content=values[0].text).content)
    valuation: str = valued.json()["id"]
    return valuation


def _plant_words(
    client: TestClient, valuation: str, values: list[Planted], found: Everything
) -> None:
    """Values in addresses, queries and reasons."""
    for number, value in enumerate(values):
        said = value.text.replace("/", "")
        paths = (f"/v1/valuations/{said}", f"/v1/packages/{said}", f"/zh/{said}")
        found.add("path", client.get(paths[number % len(paths)]).content)
        page = client.get("/v1/valuations", params={"cursor": value.text})
        found.add("cursor", page.content)
    for value in values[:20]:
        step = {"kind": "reviewed", "person": "R", "reason": f"asked {value.text}"}
        answer = client.post(f"/v1/valuations/{valuation}/reviews", json=step)
        assert answer.status_code < 500
        found.add("review", answer.content)


def test_planted_persons_are_nowhere_but_in_the_vault(
    client: TestClient,
    values: list[Planted],
    plant: Plant,
    log: io.StringIO,
    tmp_path: Path,
) -> None:
    everything, rows = Everything(), _rows(values, plant)
    valuation = _plant_json(client, values, plant, everything)
    for name, content in (
        (f"{values[0].text}.csv", _csv(rows, plant)),
        (f"{values[1].text}.xlsx", _workbook(rows, plant)),
        (f"{values[2].text}.parquet", _parquet(rows)),
        (f"{values[3].text}.csv", b"a,b\n1,2\n"),
        (f"{values[4].text}.xlsx", b"PK broken"),
    ):
        columns = f'{{"claims": {{"其他": "{plant()}", "{plant()}": "unused"}}}}'
        for told in ({}, {"columns": columns}):
            status, body = _upload(client, content, name, **told)
            assert status < 500, body[:300]
            everything.add(f"upload {name[-8:]}", body)
        dropped = client.post(
            "/zh/new",
            files={"file": (name, content)},
            data={"seller": plant(), "cutoff_date": "2025-06-30"},
        )
        assert dropped.status_code < 500
        everything.add("drop", dropped.content)
        if "/new/" in str(dropped.url):
            everything.add(
                "rejected", client.get(f"{dropped.url.path}/rejected.xlsx").content
            )
    _plant_words(client, valuation, values, everything)
    _visit_exports(client, valuation, everything)
    everything.add("log", log.getvalue().encode())
    everything.add("store", (tmp_path / "recoup.db").read_bytes())
    everything.add_store(client.app_state["desk"].store)
    hits = everything.hits(values)
    sys.stdout.write(f"{everything.told(values, len(hits))}\n")
    assert not hits, hits.most_common(20)
