"""The client against the service over a socket."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import httpx2
import pytest

from serving.access.local import local_key
from serving.analyses.analysis import Analysis
from serving.analyses.catalogue import ANALYSES
from serving.answers.valuation import ValuationLine, ValuationOut
from serving.client import (
    Client,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    Retries,
    UnavailableError,
    UnreachableError,
    Valuation,
)
from serving.client import ValuationLine as ClientLine
from serving.client.client import Question
from serving.settings import Settings
from tests.plugins.persons import shown_key

HEAVY = ("fastapi", "models", "features", "lightgbm", "numpy", "pyarrow", "pydantic")
Listen = Callable[..., str]
NOBODY = "http://127.0.0.1:9"


def test_importing_the_client_imports_nothing_heavy() -> None:
    code = (
        f"import sys, serving.client; print([m for m in {HEAVY} if m in sys.modules])"
    )
    found = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_types_name_what_the_service_answers() -> None:
    assert set(Valuation.__annotations__) == set(ValuationOut.model_fields)
    assert set(ClientLine.__annotations__) == set(ValuationLine.model_fields)
    for listed in ("door", "status"):
        answered = ValuationLine.model_fields[listed].annotation
        assert get_args(get_type_hints(ClientLine)[listed]) == get_args(answered)


def test_the_client_knows_every_question() -> None:
    names = {analysis.name for analysis in ANALYSES}

    assert set(get_args(Question)) == names
    assert all(callable(getattr(Client, name)) for name in names)


def test_a_tape_is_valued_and_had_again(recoup: Client, tape: Path) -> None:
    valuation = recoup.value_tape(
        tape,
        {"target_return_rate": 0.2, "simulations": 500},
        package={"package_id": "P"},
    )

    assert valuation["filename"] == "tape.csv"
    assert valuation["assumptions"]["target_return_rate"] == 0.2
    assert valuation["package"]["package_id"] == "P"
    assert [row["row"] for row in valuation["rejected_rows"]] == [3]
    assert recoup.valuation(valuation["id"]) == valuation
    assert recoup.workbook(valuation["id"])[:2] == b"PK"


def test_headers_are_read_as_the_caller_says(recoup: Client, tmp_path: Path) -> None:
    tape = tmp_path / "tape.csv"
    tape.write_text("claim_id,owed,cutoff_date\n1,12,2025-06-30\n", "utf-8")
    said = {"claims": {"owed": "principal:万元"}}
    valuation = recoup.value_tape(tape, columns=said, key="read so")

    assert valuation["package"]["claim_yuan"] == 120_000
    with pytest.raises(InvalidRequestError) as refused:
        recoup.value_tape(
            tape, columns={"claims": {"owed": "principal"}}, key="read so"
        )
    assert refused.value.code == "key-reused"


def test_papers_are_had_in_both_languages(
    recoup: Client, package: dict[str, Any]
) -> None:
    identifier = recoup.value_records(package)["id"]

    papers = {
        paper(identifier, language)
        for paper in (recoup.report, recoup.announcement)
        for language in ("zh", "en")
    }
    assert len(papers) == 4
    assert all(paper.startswith(b"%PDF") for paper in papers)


def test_the_cutoff_date_wins_over_the_file(recoup: Client, tape: Path) -> None:
    valuation = recoup.value_tape(tape, cutoff_date="2025-12-31")

    assert valuation["package"]["cutoff_date"] == "2025-12-31"


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda a: a.name)
def test_every_question_is_answered(
    recoup: Client, package: dict[str, Any], analysis: Analysis
) -> None:
    identifier = recoup.value_records(package)["id"]
    name: Any = analysis.name
    answer = getattr(recoup, analysis.name)(identifier, dict(analysis.example))

    assert answer["valuation_id"] == identifier
    assert recoup.answer_workbook(name, identifier, dict(analysis.example))[:2] == b"PK"


def test_prices_are_those_of_the_valuation(
    recoup: Client, package: dict[str, Any]
) -> None:
    prices, valuation = recoup.prices(package), recoup.value_records(package)

    key = "present_value_yuan"
    assert prices["package"][key] == valuation["package"][key]
    assert prices["model"] == {**prices["model"], "sha256": recoup.model()["sha256"]}


def test_listing_turns_pages(
    recoup: Client, package: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.client.client.PAGE_ROWS", 2)
    given = [recoup.value_records(package)["id"] for _ in range(5)]

    assert [line["id"] for line in recoup.valuations()] == given[::-1]
    assert list(recoup.valuations(package_id="another")) == []


def test_a_refusal_says_what_is_wrong(
    recoup: Client, package: dict[str, Any], waits: list[float]
) -> None:
    package["claims"][1]["principal"] = -5.0
    with pytest.raises(InvalidRequestError) as refused:
        recoup.value_records(package)

    error = refused.value
    assert (error.status, error.code, error.fault_count) == (422, "claims", 1)
    assert error.faults[0].pointer == "/claims/1/principal"
    assert error.faults[0].detail_zh
    assert waits == []


def test_what_is_not_there_is_not_found(recoup: Client) -> None:
    with pytest.raises(NotFoundError, match="there is no valuation"):
        recoup.workbook("01M805V9TT14FKTWB5ZR61RQ9H")


def test_a_lost_answer_is_asked_for_again_and_valued_once(
    recoup: Client,
    package: dict[str, Any],
    patient: Retries,
    break_line: Callable[[int], Any],
) -> None:
    line = break_line(2)
    with Client(line.address, patient) as client:
        valuation = client.value_records(package)

    assert line.connections == 3
    assert [found["id"] for found in recoup.valuations()] == [valuation["id"]]


def test_a_revaluation_is_recorded_once_though_its_answer_is_lost(
    recoup: Client,
    package: dict[str, Any],
    patient: Retries,
    break_line: Callable[[int], Any],
) -> None:
    identifier = recoup.value_records(package)["id"]
    line = break_line(1)
    later = {"on": "2026-12-31", "record": True}
    with Client(line.address, patient) as client:
        told = client.revaluations(identifier, later)["revaluation"]

    assert line.connections == 2
    assert told["recorded_id"] in {found["id"] for found in recoup.valuations()}
    assert len(list(recoup.valuations())) == 2


def test_a_request_is_named_by_the_caller(
    recoup: Client, package: dict[str, Any]
) -> None:
    first, again = (recoup.value_records(package, key="mine") for _ in range(2))

    assert first == again
    with pytest.raises(InvalidRequestError) as refused:
        recoup.value_records({**package, "assumptions": {}}, key="mine")
    assert refused.value.code == "key-reused"


def test_nobody_is_unreachable(patient: Retries, waits: list[float]) -> None:
    with Client(NOBODY, patient) as client, pytest.raises(UnreachableError):
        client.model()

    assert len(waits) == patient.attempts - 1


def test_the_client_waits_as_long_as_the_service_says(
    settings: Settings, listen: Listen, waits: list[float], patient: Retries
) -> None:
    bare = settings.model_copy(update={"model_cache": settings.model_cache / "none"})
    with (
        Client(listen(bare), patient) as client,
        pytest.raises(UnavailableError) as refused,
    ):
        client.model()

    assert refused.value.retry_after_seconds == 5
    assert len(waits) == patient.attempts - 1
    assert min(waits) >= 5


def test_a_service_that_finds_its_model_while_the_client_waits_answers(
    settings: Settings, listen: Listen, package: dict[str, Any]
) -> None:
    models = settings.model_cache
    away = models.rename(models.with_name("away"))
    address = listen(settings.model_copy(update={"model_refresh_seconds": 1}))

    def bring_back(_: float) -> None:
        if away.exists():
            away.rename(models)
        while httpx2.get(f"{address}/health/ready").status_code != 200:
            continue

    with Client(address, Retries(wait=bring_back)) as client:
        valuation = client.value_records(package)
        assert [line["id"] for line in client.valuations()] == [valuation["id"]]


def test_a_service_that_starts_while_the_client_waits_answers(
    settings: Settings, listen: Listen, package: dict[str, Any]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    waits = []

    def start(seconds: float) -> None:
        if not waits:
            listen(settings, port)
        waits.append(seconds)

    with Client(
        f"http://127.0.0.1:{port}",
        Retries(wait=start),
        api_key=local_key(settings, "tests"),
    ) as client:
        assert client.value_records(package)["id"]
    assert len(waits) >= 1


@pytest.mark.parametrize(("attempt", "ceiling"), [(1, 0.5), (3, 2.0), (999, 30.0)])
def test_waits_are_jittered_below_a_ceiling_that_doubles(
    attempt: int, ceiling: float
) -> None:
    waits = [Retries().seconds(attempt) for _ in range(200)]

    assert 0 <= min(waits) < max(waits) <= ceiling
    assert max(waits) > ceiling / 2


def test_a_review_takes_two_persons(
    recoup: Client, tape: Path, address: str, settings: Settings
) -> None:
    identifier = recoup.value_tape(tape, {"simulations": 500})["id"]
    assert recoup.reviews(identifier)["status"] == "draft"

    recoup.review(identifier, {"kind": "reviewed"})
    with pytest.raises(ConflictError):
        recoup.review(identifier, {"kind": "approved"})
    key = shown_key(settings, "Li Si")["Authorization"].removeprefix("Bearer ")
    with Client(address, api_key=key) as another:
        approved = another.review(identifier, {"kind": "approved"})

    assert approved["status"] == "approved"
    assert recoup.reviews(identifier) == approved


def test_two_valuations_are_compared(recoup: Client, tape: Path) -> None:
    a = recoup.value_tape(tape, {"simulations": 500})
    b = recoup.value_tape(tape, {"simulations": 500, "target_return_rate": 0.1})

    compared = recoup.compare(a["id"], b["id"])

    before, after = (each["package"]["present_value_yuan"] for each in (a, b))
    change = sum(round(part["yuan"] * 100) for part in compared["bridge"])
    assert change == round(after * 100) - round(before * 100)
    assert change > 0
