"""Refusals name the value that is wrong, whatever door it came through."""

import gzip
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE

pytestmark = pytest.mark.unwatched

TAPE = "claim_id,principal\n1,100000\n"
PACKAGE = {"cutoff_date": "2025-12-31"}


def fault(response: Any, status: int = 422) -> dict[str, Any]:
    """The one thing that is wrong with a request."""
    assert response.status_code == status
    (found,) = response.json()["errors"]
    return dict(found)


@pytest.mark.parametrize(
    ("address", "part", "stated", "field"),
    [
        ("valuations", "assumptions", '{"luck": 1}', "luck"),
        ("valuations", "assumptions", '{"simulations": 0.5}', "simulations"),
        ("valuations", "package", '{"package_id": 12}', "package_id"),
        ("batches", "terms", '{"figures": "few"}', "figures"),
    ],
)
def test_a_wrong_field_beside_a_file_is_named(
    shared_client: TestClient, address: str, part: str, stated: str, field: str
) -> None:
    response = shared_client.post(
        f"/v1/{address}/upload", files={"file": ("t.csv", TAPE)}, data={part: stated}
    )

    assert fault(response)["field"] == field


def test_a_wrong_parameter_is_named_as_one(shared_client: TestClient) -> None:
    once = shared_client.get("/v1/valuations/compare", params={"a": "X", "b": "X"})
    cursor = shared_client.get("/v1/valuations", params={"cursor": "X"})

    assert fault(once)["parameter"] == "query.b"
    assert fault(cursor)["parameter"] == "query.cursor"


def test_a_key_is_no_part_of_the_body(client: TestClient) -> None:
    named = {"Idempotency-Key": "a"}
    client.post("/v1/valuations", json=EXAMPLE, headers=named)
    other = {"package": PACKAGE, "claims": [{"claim_id": "1", "principal": 1e6}]}

    response = client.post("/v1/valuations", json=other, headers=named)

    found = fault(response)
    assert found["parameter"] == "header.Idempotency-Key"
    assert "pointer" not in found


def test_a_body_that_is_left_out_is_an_empty_one(client: TestClient) -> None:
    valued = client.post("/v1/valuations", json=EXAMPLE).json()

    response = client.post(f"/v1/packages/{valued['id']}/mandate")

    assert fault(response)["pointer"] == "/buyer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/valuations?package=P-7"),
        ("GET", "/v1/batches?state=done"),
        ("POST", "/v1/valuations?target_return_rate=0.12"),
        ("POST", "/v1/prices?cutoff_date=2020-01-01"),
        ("GET", "/v1/model?version=1"),
    ],
)
def test_a_parameter_that_the_route_has_not_is_refused(
    shared_client: TestClient, method: str, path: str
) -> None:
    body = EXAMPLE if method == "POST" else None

    found = fault(shared_client.request(method, path, json=body))

    name = path.partition("?")[2].partition("=")[0]
    assert found["parameter"] == f"query.{name}"
    assert found["detail_zh"].endswith("没有该字段；请删除")


def test_a_parameter_that_stands_twice_is_refused(shared_client: TestClient) -> None:
    response = shared_client.get("/v1/valuations?package_id=P-1&package_id=P-2")

    found = fault(response)
    assert found["parameter"] == "query.package_id"
    assert found["detail_zh"].endswith("重复填写；请只填一次")


def test_probes_are_asked_with_whatever_a_watcher_adds(
    shared_client: TestClient,
) -> None:
    assert shared_client.get("/health/live?t=1&t=2").status_code == 200
    assert shared_client.get("/metrics?t=1").status_code == 200


@pytest.mark.parametrize(
    "address", ["/v1/valuations/upload", "/v1/batches/upload", "/v1/comparables"]
)
def test_a_form_has_each_part_once(shared_client: TestClient, address: str) -> None:
    twice = [("file", ("a.csv", TAPE)), ("file", ("b.csv", TAPE))]

    found = fault(shared_client.post(address, files=twice))

    assert found["parameter"] == "body.file"
    assert found["detail"] == "file is stated twice; state it once"


@pytest.mark.parametrize(
    "address", ["/v1/valuations/upload", "/v1/batches/upload", "/v1/comparables"]
)
def test_a_file_that_comes_as_text_is_asked_for(
    shared_client: TestClient, address: str
) -> None:
    parts = {"file": (None, TAPE)}

    found = fault(shared_client.post(address, files=parts))

    assert found["detail"].startswith("file must be a file with a name")
    assert "必须为带文件名的文件" in found["detail_zh"]


REQUEST = b'{"package": {"cutoff_date": "2025-12-31"}, "claims": [%s]}'


@pytest.mark.parametrize(
    ("body", "said", "said_zh"),
    [
        (b"\xef\xbb\xbf" + REQUEST % b"{}", "byte order mark", "字节顺序标记"),
        ((REQUEST % b"").decode().encode("utf-16"), "byte order mark", "字节顺序标记"),
        (REQUEST % b'{"principal": NaN}', "NaN or Infinity is none", "不得为NaN"),
        (REQUEST % b'{"principal": -Infinity}', "NaN or Infinity", "不得为NaN"),
        (REQUEST % b'{"a": 1, "a": 2}', "field a stands twice", "字段 a 重复"),
        (REQUEST % b"{'a': 1}", "double quotes", "双引号"),
        (REQUEST % b'{"a": "\xd6\xd0"}', "send UTF-8", "UTF-8"),
        (REQUEST % b'{"a": 1,}', "comma is too many", "逗号多余"),
        (REQUEST % b'{"a": 1 "b": 2}', "is missing; add it", "缺少"),
        (REQUEST % b'{"a": "x\ny"}', "line break", "换行"),
        (REQUEST % b"{}" + b"x", "follows its end", "结尾之后"),
        (REQUEST % (b"[" * 1000), "nested too deeply", "嵌套层级"),
        (b"", "ends too early", "内容不完整"),
        (b"[]", "must be a JSON object", "应为JSON对象"),
    ],
)
def test_a_body_that_is_no_json_is_told_what_to_mend_in_both_languages(
    shared_client: TestClient, body: bytes, said: str, said_zh: str
) -> None:
    headers = {"content-type": "application/json"}

    refused = shared_client.post("/v1/prices", content=body, headers=headers).json()

    assert refused["status"] in (400, 422)
    assert said in refused["detail"]
    assert said_zh in refused["detail_zh"]
    assert refused["detail_zh"].startswith("请求正文")


def test_the_place_of_a_fault_in_json_is_told(shared_client: TestClient) -> None:
    form = {"assumptions": '{\n "simulations": NaN}'}

    refused = shared_client.post(
        "/v1/valuations/upload", files={"file": ("t.csv", TAPE)}, data=form
    ).json()

    assert "assumptions is not valid JSON at line 2, column 17:" in refused["detail"]
    assert "第2行第17列" in refused["detail_zh"]


@pytest.mark.parametrize(
    "moment",
    ["2025-01-01T00:00:00 08:00", "２０２５-01-01", "2025-13-01", "2025-01-01T25:00Z"],
)
@pytest.mark.parametrize("path", ["/v1/valuations?created_after", "/v1/audit?since"])
def test_a_moment_that_is_none_is_told_how_to_write_one(
    shared_client: TestClient, path: str, moment: str
) -> None:
    found = fault(shared_client.get(f"{path}={moment}"))

    assert "is no moment; write it as 2025-06-30T12:00:00Z" in found["detail"]
    assert "%2B" in found["detail"]
    assert "不是时间；请写作" in found["detail_zh"]


def test_a_body_that_is_packed_is_asked_for_as_it_is(
    shared_client: TestClient,
) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}

    refused = shared_client.post(
        "/v1/prices", content=gzip.compress(b"{}"), headers=headers
    )

    assert refused.status_code == 415
    assert "not compressed" in refused.json()["detail"]
    assert "未压缩" in refused.json()["detail_zh"]


@pytest.mark.parametrize("form", ["UploadForm", "BatchForm", "DealsForm"])
def test_a_generated_client_sends_a_file_as_one(
    shared_client: TestClient, form: str
) -> None:
    schemas = shared_client.get("/openapi.json").json()["components"]["schemas"]

    file = schemas[form]["properties"]["file"]

    assert (file["type"], file["format"]) == ("string", "binary")
    assert file["description"]
