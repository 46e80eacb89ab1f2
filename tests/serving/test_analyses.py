"""Every question that may be asked of a valuation on record, at every door."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from features.console import run
from serving.__main__ import program
from serving.analyses.analysis import Analysis
from serving.analyses.catalogue import ANALYSES, named
from serving.schemas import EXAMPLE
from serving.settings import Settings

pytestmark = pytest.mark.unwatched

Post = Callable[[], dict[str, Any]]
every_analysis = pytest.mark.parametrize("analysis", ANALYSES, ids=lambda a: a.name)


@pytest.fixture(scope="module")
def on_record(shared_client: TestClient) -> str:
    """Identifier of the example of the documentation, valued and recorded."""
    response = shared_client.post("/v1/valuations", json=EXAMPLE)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


@every_analysis
def test_the_example_of_the_documentation_is_answered_as_described(
    shared_client: TestClient, on_record: str, analysis: Analysis
) -> None:
    path = f"/v1/packages/{on_record}/{analysis.name}"
    response = shared_client.post(path, json=dict(analysis.example))
    assert response.status_code == 200, response.text
    answer = analysis.answer.model_validate_json(response.content)
    assert answer.valuation_id == on_record
    assert answer.simulated_model
    again = shared_client.post(path, json=dict(analysis.example))
    assert again.content == response.content


@every_analysis
def test_a_package_means_its_latest_valuation(
    shared_client: TestClient, on_record: str, analysis: Analysis
) -> None:
    package_id = EXAMPLE["package"]["package_id"]
    by_package, by_valuation = (
        shared_client.post(
            f"/v1/packages/{identifier}/{analysis.name}", json=dict(analysis.example)
        )
        for identifier in (package_id, on_record)
    )
    assert by_package.content == by_valuation.content


@every_analysis
def test_an_unknown_field_is_refused_where_it_stands(
    shared_client: TestClient, on_record: str, analysis: Analysis
) -> None:
    response = shared_client.post(
        f"/v1/packages/{on_record}/{analysis.name}",
        json={**analysis.example, "colour": "red"},
    )
    assert response.status_code == 422
    fault = next(e for e in response.json()["errors"] if e["pointer"] == "/colour")
    assert fault["detail"] == "there is no such field; remove it"
    assert fault["detail_zh"] == "没有该字段；请删除"


@every_analysis
@pytest.mark.parametrize("identifier", ["0" * 26, "P-404", "%E5%8C%85"])
def test_there_is_nothing_to_ask_of_an_absent_valuation(
    shared_client: TestClient, analysis: Analysis, identifier: str
) -> None:
    response = shared_client.post(
        f"/v1/packages/{identifier}/{analysis.name}", json=dict(analysis.example)
    )
    assert response.status_code == 404
    assert "there is no valuation" in response.json()["detail"]


@pytest.fixture
def of_another_release(valued: Post, settings: Settings) -> str:
    """A valuation whose present value stands on record otherwise than it comes out."""
    answer = valued()
    package = answer["package"]
    told = {**package, "present_value_yuan": package["present_value_yuan"] - 1000}
    engine = sa.create_engine(settings.database_url)
    with engine.begin() as connection:
        packed = {"packed": zlib.compress(json.dumps(told).encode())}
        query = sa.text("UPDATE valuations SET package_document = :packed")
        connection.execute(query, packed)
    engine.dispose()
    return str(answer["id"])


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("scenarios", {}),
        ("paths", {}),
        ("restructurings", named("restructurings").example),
        ("revaluations", {"on": "2026-06-30"}),
    ],
)
def test_figures_that_do_not_fit_the_record_say_so(
    client: TestClient, of_another_release: str, question: str, asked: Any
) -> None:
    path = f"/v1/packages/{of_another_release}/{question}"
    answer = client.post(path, json=dict(asked)).json()
    (told,) = [
        warning
        for warning in (answer.get("revaluation") or answer)["warnings"]
        if warning["code"] == "computed_otherwise"
    ]
    package = client.get(f"/v1/valuations/{of_another_release}").json()["package"]
    now = package["present_value_yuan"]
    assert (
        f"present value {now:,.2f} yuan, on record {now - 1000:,.2f}" in told["reason"]
    )
    assert f"净现值{now:,.2f}元，记录为{now - 1000:,.2f}元" in told["reason_zh"]
    assert "gross cash" not in told["reason"]


def _warnings(answer: Any) -> Any:
    """Those of an answer, which one question gives beside the figures they are of."""
    return answer.get("revaluation", answer)["warnings"]


@every_analysis
def test_figures_that_leave_overrides_out_say_so(
    client: TestClient, valued: Post, analysis: Analysis
) -> None:
    answer, asked = valued(), dict(analysis.example)
    path, claim = f"/v1/packages/{answer['id']}/{analysis.name}", answer["claims"][0]
    before = _warnings(client.post(path, json=asked).json())
    step = {
        "kind": "override",
        "claim_id": claim["claim_id"],
        "present_value_yuan": 1.0,
        "reason": "burnt down",
    }
    reviewed = client.post(f"/v1/valuations/{answer['id']}/reviews", json=step)
    figures = reviewed.json()["figures"]
    told, *after = _warnings(client.post(path, json=asked).json())
    assert after == before
    assert told["code"] == "overrides_not_counted"
    for name in ("present_value_yuan", "maximum_bid_yuan"):
        assert f"{figures[name]:,.2f} yuan" in told["reason"]
        assert f"{figures[name]:,.2f}元" in told["reason_zh"]


@every_analysis
def test_figures_that_fit_the_record_say_nothing(
    shared_client: TestClient, on_record: str, analysis: Analysis
) -> None:
    path = f"/v1/packages/{on_record}/{analysis.name}"
    answer = shared_client.post(path, json=dict(analysis.example))
    assert answer.status_code == 200
    assert "computed_otherwise" not in answer.text


@every_analysis
def test_the_terminal_gives_the_bytes_of_the_service(
    client: TestClient,
    valued: Post,
    analysis: Analysis,
    installed: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    identifier = valued()["id"]
    asked = client.post(
        f"/v1/packages/{identifier}/{analysis.name}", json=dict(analysis.example)
    )
    request = installed / "request.json"
    request.write_text(json.dumps(dict(analysis.example)), "utf-8")
    out = installed / "answer.json"
    arguments = ("ask", analysis.name, identifier, str(request))
    with pytest.raises(SystemExit) as left:
        run(program, (*arguments, "--out", str(out)))
    assert not left.value.code
    assert out.read_bytes() == asked.content
    with pytest.raises(SystemExit):
        run(program, arguments)
    assert json.loads(capsys.readouterr().out) == asked.json()


@every_analysis
def test_the_schema_shows_the_question_and_its_example(
    shared_client: TestClient, analysis: Analysis
) -> None:
    schema = shared_client.get("/openapi.json").json()
    operation = schema["paths"][f"/v1/packages/{{identifier}}/{analysis.name}"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["example"] == json.loads(json.dumps(dict(analysis.example)))
    name = content["schema"]["$ref"].rpartition("/")[2]
    question = schema["components"]["schemas"][name]
    assert set(question["properties"]) == set(analysis.request.model_fields)
    for field in question["properties"].values():
        assert field["description"]
        assert field["description_zh"]


def test_a_body_that_is_not_json_is_refused(
    shared_client: TestClient, on_record: str
) -> None:
    path = f"/v1/packages/{on_record}/{ANALYSES[0].name}"
    as_text = shared_client.post(path, content=b"{}", headers={"content-type": "a/b"})
    broken = shared_client.post(
        path, content=b"{", headers={"content-type": "application/json"}
    )
    assert (as_text.status_code, broken.status_code) == (415, 400)
