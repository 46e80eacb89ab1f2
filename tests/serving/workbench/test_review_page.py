"""The page of a review: forms without script, refusals beside what was typed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.settings import Settings
from serving.workbench.words import texts
from tests.plugins.persons import shown_key

Valued = Callable[[], dict[str, Any]]
Send = Callable[..., Any]


@pytest.fixture
def identifier(valued: Valued) -> str:
    return str(valued()["id"])


@pytest.fixture
def send(client: TestClient, identifier: str, settings: Settings) -> Send:
    known: dict[str, dict[str, str]] = {}

    def post(kind: str, language: str = "zh", person: str = "王芳", **said: Any) -> Any:
        url = f"/{language}/valuations/{identifier}/review"
        key = known.setdefault(person, {}) or shown_key(settings, person)
        known[person] = key
        return client.post(url, data={"kind": kind, **said}, headers=key)

    return post


def overriding(value: str) -> dict[str, str]:
    return {"claim_id": "0001", "present_value": value, "reason": "new appraisal"}


@pytest.mark.parametrize(("typed", "yuan"), [("120", 1_200_000), ("1200元", 1200)])
def test_a_value_is_typed_in_the_unit_of_the_page(
    client: TestClient, identifier: str, send: Send, typed: str, yuan: float
) -> None:
    page = send("override", **overriding(typed), amounts="wan").text
    assert 'name="amounts" value="wan"' in page
    review = client.get(f"/v1/valuations/{identifier}/reviews").json()
    assert review["overrides"][0]["present_value_yuan"] == yuan


@pytest.mark.parametrize("tab", ["what-if", "bid"])
def test_worth_with_overrides_stands_once_and_in_the_unit_of_the_page(
    client: TestClient, identifier: str, send: Send, tab: str
) -> None:
    send("override", **overriding("120万元"))
    standing = client.get(f"/v1/valuations/{identifier}/reviews").json()
    page = client.get(f"/zh/valuations/{identifier}/{tab}?unit=wan").text
    worth = standing["figures"]["present_value_yuan"]
    assert f"{worth / 10_000:,.2f}" in page
    assert f"{worth:,.2f}元" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_whole_way_by_forms(
    client: TestClient, identifier: str, send: Send, language: str
) -> None:
    assert send("override", language, **overriding("120万元")).status_code == 200
    send("reviewed", language, person="李雷")
    final = send("approved", language, person="韩梅梅").text
    assert texts()["review.final"][language] in final
    assert "120.00" in final
    assert "<form" not in final
    review = client.get(f"/v1/valuations/{identifier}/reviews").json()
    assert review["status"] == "approved"
    assert review["overrides"][0]["present_value_yuan"] == 1_200_000


def test_a_step_leads_back_to_the_page_in_the_same_unit(
    client: TestClient, identifier: str
) -> None:
    path = f"/zh/valuations/{identifier}/review?unit=yi"
    said = {"kind": "reviewed"}
    response = client.post(path, data=said, follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"] == path


def test_a_refused_step_keeps_what_was_typed(send: Send) -> None:
    response = send("override", "en", **overriding("99,000,000"))
    assert response.status_code == 422
    assert "99,000,000" in response.text
    assert "new appraisal" in response.text


@pytest.mark.parametrize(
    ("unit", "typed", "english", "chinese"),
    [
        ("yuan", "99,000,000", "8,950,000 (yuan)", "8,950,000元"),
        ("wan", "9,900", "895 (10k yuan)", "895万元"),
        ("yi", "0.99", "0.0895 (100m yuan)", "0.0895亿元"),
    ],
)
def test_the_most_that_a_claim_is_worth_is_told_in_the_unit_it_was_typed_in(
    send: Send, unit: str, typed: str, english: str, chinese: str
) -> None:
    page = send("override", "en", **overriding(typed), amounts=unit).text
    assert f"“<bdi>{typed}</bdi>”: must be at most {english}, the whole claim" in page
    page = send("override", **overriding(typed), amounts=unit).text
    assert f"“<bdi>{typed}</bdi>”: 不得大于{chinese}，即债权全额" in page


def test_a_reason_stays_in_the_form_it_was_typed_in(send: Send) -> None:
    assert send("override", **overriding("99,000,000")).text.count("new appraisal") == 1
    send("reviewed")
    returned = send("returned", reason="\u202e hidden").text
    assert re.search(r'id="judge-reason"[^>]*>[^<]*hidden</textarea>', returned)
    assert returned.count("hidden</textarea>") == 1


@pytest.mark.parametrize("value", ["a lot", "-1", "1e400", "nan", "", "12%"])
def test_amounts_that_are_none(send: Send, value: str) -> None:
    assert send("override", **overriding(value)).status_code == 422


def test_a_step_on_what_was_not_seen_is_refused(send: Send) -> None:
    send("reviewed", person="李雷")
    response = send("approved", person="韩梅梅", events_seen="0")
    assert response.status_code == 409
    assert "评审已有新进展" in response.text


def test_the_form_opens_on_a_claim(client: TestClient, identifier: str) -> None:
    page = client.get(f"/en/valuations/{identifier}/review?claim=0001").text
    assert "Claim of 895.00 10k yuan" in page
    unknown = client.get(f"/en/valuations/{identifier}/review?claim=0009").text
    assert texts()["review.claim_unknown"]["en"] in unknown


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "{{ 7*7 }}", '"><img src=x>', "=1+1"]
)
def test_names_and_reasons_stay_text(send: Send, hostile: str) -> None:
    page = send("override", person=hostile, **overriding("5")).text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "49" not in re.findall(r"<bdi>([^<]*)</bdi>", page)


def test_the_list_shows_the_state_and_both_figures(
    client: TestClient, identifier: str, send: Send
) -> None:
    row = client.get("/v1/valuations").json()["items"][0]
    send("override", **overriding("5"))
    page = client.get("/en/valuations?unit=yuan").text
    assert texts()["review.draft"]["en"] in page
    assert f"Model {row['present_value_yuan']:,.2f}" in page
    review = client.get(f"/v1/valuations/{identifier}/reviews").json()
    assert f"{review['figures']['present_value_yuan']:,.2f}" in page


def test_whoever_is_known_signs(
    client: TestClient, identifier: str, settings: Settings
) -> None:
    key = shown_key(settings, "韩梅梅")
    for language in ("zh", "en"):
        path = f"/{language}/valuations/{identifier}/review"
        said = texts()["review.signing"][language].format(name="韩梅梅")
        assert said in client.get(path, headers=key).text


def test_an_unknown_valuation_has_no_review(shared_client: TestClient) -> None:
    for name in ("0" * 26, "nothing", "%00"):
        assert shared_client.get(f"/zh/valuations/{name}/review").status_code == 404


def test_the_table_of_claims_shows_both_values(
    client: TestClient, identifier: str, send: Send
) -> None:
    path = f"/valuations/{identifier}/claims"
    before = client.get(f"/en{path}?unit=yuan").text
    send("override", **overriding("1234567.89"))
    page = client.get(f"/en{path}?unit=yuan").text

    assert "override 1,234,567.89" in page
    assert "override 1" not in before
    model = client.get(f"/v1/valuations/{identifier}").json()["claims"][0]
    assert f"{model['present_value_yuan']:,.2f}" in page
    rows = client.get(f"/en{path}.csv?column=present_value&column=override").text
    assert f"{model['present_value_yuan']:.15g},1234567.89" in rows


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_sees_what_they_may_do_and_why_not(
    client: TestClient, identifier: str, settings: Settings, language: str
) -> None:
    path = f"/{language}/valuations/{identifier}/review"
    roles = {"王芳": ["pricer"], "李雷": ["approver"], "赵六": ["viewer"]}
    keys = {name: shown_key(settings, name, held) for name, held in roles.items()}

    def said(name: str, kind: str = "", reason: str = "") -> str:
        step = {"kind": kind, "reason": reason}
        if kind:
            page = client.post(path, data=step, headers=keys[name])
        else:
            page = client.get(path, headers=keys[name])
        assert page.status_code == 200
        return str(page.text)

    def words(key: str) -> str:
        return texts()[f"review.{key}"][language].partition("{")[0]

    def approvers(page: str) -> str:
        return page.partition(words("may_approve"))[2].partition("</p>")[0]

    assert words("only_looking") in said("赵六")
    assert 'name="kind"' not in said("赵六")
    assert 'value="reviewed"' in said("王芳")
    after = said("王芳", "reviewed")
    assert words("no_approver") in after
    assert "李雷" in approvers(after)
    assert "王芳" not in approvers(after)
    assert 'value="approved"' not in after
    assert 'value="approved"' in said("李雷")
    came_back = said("李雷", "returned", "评估已过期 <b>")
    assert "评估已过期 &lt;b&gt;" in came_back.partition("<table")[0]
    mine = said("李雷", "reviewed")
    assert words("barred") in mine
    assert "李雷" not in approvers(mine)
    assert 'value="approved"' not in mine
    assert 'value="returned"' in mine


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_approver_finds_what_waits_for_them(
    client: TestClient, identifier: str, settings: Settings, send: Send, language: str
) -> None:
    approver = shown_key(settings, "李雷", ["approver"])
    path = f"/{language}/valuations"

    def listed(headers: dict[str, str], query: str = "") -> str:
        return str(client.get(path + query, headers=headers).text)

    waiting = texts()["valuations.waiting"][language].format(count=1)
    assert waiting not in listed(approver)
    send("override", **overriding("5"))
    send("reviewed", person="王芳")
    assert waiting in listed(approver)
    assert waiting not in listed(shown_key(settings, "赵六", ["pricer"]))
    assert f"{path}/{identifier}" in listed(approver, "?awaiting=true")
    send("approved", person="韩梅梅")
    none = texts()["valuations.none_awaiting"][language]
    assert none in listed(approver, "?awaiting=true")


def test_a_claim_leads_to_its_override_only_where_one_can_be_recorded(
    client: TestClient, identifier: str, send: Send, settings: Settings
) -> None:
    path = f"/zh/valuations/{identifier}/claims/0001"
    onward = f'href="/zh/valuations/{identifier}/review?claim=0001"'
    viewer = shown_key(settings, "赵六", ["viewer"])

    assert onward in client.get(path).text
    assert onward not in client.get(path, headers=viewer).text
    send("reviewed", person="李雷")
    send("approved", person="韩梅梅")
    assert onward not in client.get(path).text


def test_a_step_that_came_too_late_is_named_in_the_language_of_the_page(
    send: Send,
) -> None:
    send("reviewed", person="李雷")
    send("approved", person="韩梅梅")
    late = send("returned", reason="评估已过期")

    assert late.status_code == 409
    assert "操作 “<bdi>退回</bdi>”: 该估值已批准" in late.text
    assert "<bdi>退回</bdi>" not in send("no such step").text
