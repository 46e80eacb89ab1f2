"""Persons planted in programs, books, batches and deals, on PostgreSQL, are nowhere."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from threading import Event

import orjson
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from features.console import run
from serving.__main__ import program
from serving.access.local import local_key
from serving.app import create_app
from serving.batches.clearing import clear_ended
from serving.batches.tables import Batch
from serving.batches.worker import Worker
from serving.desk import Desk
from serving.settings import Settings
from tests.plugins.house import house
from tests.plugins.postgresql import Databases
from tests.security.everything import Everything
from tests.security.planted import Planted, planted

SHORT, LONG = 200, 1_000
FEW = ("--assumption", "simulations=100")
Say = Callable[..., None]


@pytest.fixture(scope="module")
def values(pytestconfig: pytest.Config) -> list[Planted]:
    return planted(LONG if pytestconfig.getoption("--long") else SHORT, seed=11)


@pytest.fixture
def settings(
    tmp_path: Path,
    released_model: Path,
    postgresql: Databases,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """An installation on PostgreSQL that programs find in the environment."""
    (tmp_path / "data").mkdir()
    settings = house(tmp_path, released_model).model_copy(
        update={"database_url": postgresql.create()}
    )
    for name in [n for n in os.environ if n.startswith(("RECOUP_", "MLFLOW_"))]:
        if name != "RECOUP_HOSTS":
            monkeypatch.delenv(name)
    for name in settings.model_fields_set:
        monkeypatch.setenv(f"RECOUP_{name.upper()}", str(getattr(settings, name)))
    return settings


@pytest.fixture
def found() -> Everything:
    return Everything()


@pytest.fixture
def say(found: Everything, capfd: pytest.CaptureFixture[str]) -> Say:
    """Runs a program and keeps what it says."""

    def said(*arguments: object, fails: bool = False) -> None:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            run(program, [str(a) for a in arguments])
        out, err = capfd.readouterr()
        assert (left.value.code not in (0, None)) == fails, err
        found.add(f"said by {arguments[0]}", (out + err).encode())

    return said


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
    app = create_app(settings)
    with TestClient(app, headers=key, raise_server_exceptions=False) as client:
        yield client


def _claims(values: list[Planted]) -> pa.Table:
    """Claims in catalogue names with a person in every text."""
    turn = cycle(values)
    return pa.Table.from_pylist(
        [
            {
                "claim_id": f"{number}-{value.text}",
                "principal": 5_000.0 + number,
                "obligor_id": value.text,
                "obligor_name": next(turn).text,
                "phone": next(turn).text,
                "city": next(turn).text,
                "contract_id": next(turn).text,
            }
            for number, value in enumerate(values)
        ]
    )


def _deals(values: list[Planted]) -> bytes:
    turn = cycle(values)
    lines = [
        f"交易编号,交易日期,债权总额(万元),价格口径,价格(万元),资产包名称,卖方,{values[5].text}"
    ]
    for number, value in enumerate(values):
        price = 250 if number % 5 else value.text
        named = f"{number}-{value.text},2024/3/5,1000,成交价,{price}"
        lines.append(f"{named},{next(turn).text},{next(turn).text},{next(turn).text}")
    return "\n".join(lines).encode()


def test_programs_and_books_keep_no_persons(
    settings: Settings,
    values: list[Planted],
    say: Say,
    found: Everything,
    tmp_path: Path,
) -> None:
    claims, out = _claims(values), tmp_path / "out"
    out.mkdir()
    tape, plain = tmp_path / f"{values[0].text}.csv", tmp_path / "claims.parquet"
    pa_csv.write_csv(claims, tape)
    pq.write_table(claims, plain)
    dated = ("--cutoff-date", "2025-06-30")
    for form in ("xlsx", "json", "csv", "parquet"):
        say("score", tape, out / f"tape.{form}", *dated, *FEW)
    say(
        "score", tape, out / "refused.json", "--cutoff-date", values[0].text, fails=True
    )
    say("score", plain, f"{out}/book/", *dated)
    torn = claims.set_column(1, "principal", pa.array([f"? {v.text}" for v in values]))
    pa_csv.write_csv(torn.slice(0, 50), tmp_path / "torn.csv")
    say("score", tmp_path / "torn.csv", f"{out}/torn/", *dated)

    valuation = orjson.loads((out / "tape.json").read_bytes())["id"]
    for question in ("bid", "paths", "scenarios", "comparables"):
        say("ask", question, valuation, "--out", out / f"{question}.xlsx")
        say("ask", question, valuation)
    say("report", valuation, out / "report.pdf")
    say("ask", "bid", values[1].text, fails=True)
    deals = tmp_path / "deals.csv"
    deals.write_bytes(_deals(values))
    say("deals", "import", deals)
    say("deals", "list", "--json")
    say("replay", valuation)
    found.add_folder(out)
    _judge(settings, found, values)


def test_batches_notes_deals_and_metrics_keep_no_persons(
    settings: Settings, client: TestClient, values: list[Planted], found: Everything
) -> None:
    batch = _worked_off(settings, client, values)
    for file in sorted(Path(settings.batches, batch).glob("*/*.parquet")):
        part = f"/v1/batches/{batch}/parts/{file.parent.name}/{file.name}"
        found.add(part, client.get(part).content)
    valuation = _reviewed(client, values)
    files = {"file": (f"{values[6].text}.csv", _deals(values))}
    found.add("deals", client.post("/v1/comparables", files=files).content)
    for path in (
        *("/metrics", "/v1/batches", f"/v1/batches/{batch}", "/v1/comparables"),
        *(f"/v1/batches/{batch}/manifest", f"/v1/valuations/{valuation}/reviews"),
        *("/v1/audit", "/v1/audit.csv", "/zh/audit", "/en/audit", "/zh/portfolio"),
        *(f"/zh/batches/{batch}", f"/zh/valuations/{valuation}/review"),
        *(f"/v1/valuations/{valuation}{end}" for end in (".xlsx", "/report.pdf")),
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        found.add(path, answer.content)
    found.add_folder(Path(settings.batches))
    _judge(settings, found, values)


def test_commands_on_batches_keep_no_persons(
    settings: Settings,
    values: list[Planted],
    say: Say,
    found: Everything,
    tmp_path: Path,
) -> None:
    plain, torn = tmp_path / "claims.parquet", tmp_path / "torn.csv"
    pq.write_table(_claims(values[:40]), plain)
    torn.write_text(f"claim_id,principal\n{values[1].text},? {values[2].text}\n")
    named = ("--name", f"by {values[0].text}", "--cutoff-date", "2025-06-30")
    for source in (plain, torn):
        say("batch", "submit", source, *named)
        say("batch", "submit", source, *named, "--json")
    _work_off(settings)
    with (desk := Desk(settings)).store.session_of_all() as session:
        batches = list(session.scalars(select(Batch.id)))
    desk.close()
    for form in ((), ("--json",)):
        say("batch", "list", *form)
        for batch in batches:
            say("batch", "status", batch, *form)
    for verb in ("status", "cancel", "retry", "wait"):
        say("batch", verb, values[4].text, fails=True)
    say("batch", "submit", tmp_path / values[5].text, *named, fails=True)
    say("batch", "submit", plain, "--cutoff-date", values[6].text, fails=True)
    found.add_folder(Path(settings.batches))
    assert len(batches) == 4
    _judge(settings, found, values)


def _worked_off(settings: Settings, client: TestClient, values: list[Planted]) -> str:
    """A batch of a file whose name and claims hold persons, done by a worker."""
    content = io.BytesIO()
    pq.write_table(_claims(values), content)
    terms = {"name": values[2].text, "cutoff_date": "2025-06-30"}
    answer = client.post(
        "/v1/batches/upload",
        files={
            "file": (f"{values[3].text.replace('/', '')}.parquet", content.getvalue())
        },
        data={"terms": orjson.dumps(terms).decode()},
    )
    assert answer.status_code == 202, answer.text
    _work_off(settings)
    return str(answer.json()["id"])


def _work_off(settings: Settings) -> None:
    desk = Desk(settings)
    desk.refresh()
    desk.open_store()
    worker = Worker(desk, Event())
    while worker.work_once():
        pass
    clear_ended(desk.store, timedelta(0))
    desk.close()


def _reviewed(client: TestClient, values: list[Planted]) -> str:
    """A valuation with overrides whose reasons tell of persons."""
    claims = [{"claim_id": f"C{n}", "principal": 9_000.0} for n in range(20)]
    package = {"cutoff_date": "2025-06-30", "package_name": values[4].text}
    body = {"package": package, "claims": claims, "assumptions": {"simulations": 100}}
    valuation = str(client.post("/v1/valuations", json=body).json()["id"])
    for number, value in enumerate(values[:20]):
        step = {
            "kind": "override",
            "claim_id": f"C{number}",
            "present_value_yuan": 100.0,
            "reason": f"told by {value.text}, {values[-1 - number].text}。",
        }
        answer = client.post(f"/v1/valuations/{valuation}/reviews", json=step)
        assert answer.status_code == 201, answer.text
    return valuation


def _judge(settings: Settings, found: Everything, values: list[Planted]) -> None:
    """Nothing came out, nor lies in any table of PostgreSQL."""
    desk = Desk(settings)
    found.add_store(desk.store)
    desk.close()
    hits = found.hits(values)
    sys.stdout.write(f"{found.told(values, len(hits))}\n")
    assert not hits, hits.most_common(20)
