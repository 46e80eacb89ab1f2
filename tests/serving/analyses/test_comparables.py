from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from features import beijing, catalogue
from serving.analyses.comparables import ANALYSIS, PriceKind, RateBase
from serving.schemas import EXAMPLE

HEAD = (
    "交易编号,交易日期,债权总额,本金,主要产品,债权笔数,平均逾期天数,"
    "价格口径,价格,币种,大包转让,付款方式,出让方"
)


def deal(number: int, **other: str) -> str:
    """A simulated deal of working capital loans at 20 to 24% of the claim."""
    usual = {
        "交易编号": f"d{number:02d}",
        "交易日期": f"{date(2023, 1, 1) + timedelta(days=31 * number)}",
        "债权总额": "10000000",
        "本金": "8000000",
        "主要产品": "流贷",
        "债权笔数": "2",
        "平均逾期天数": "500",
        "价格口径": "成交价",
        "价格": f"{2_000_000 + 100_000 * (number % 5)}",
        "出让方": f"银行{number}",
    }
    return ",".join({**usual, **other}.get(name, "") for name in HEAD.split(","))


def table(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


@pytest.fixture
def send(client: TestClient) -> Callable[..., dict[str, Any]]:
    def post(*rows: str) -> dict[str, Any]:
        files = {"file": ("deals.csv", table(*rows))}
        response = client.post("/v1/comparables", files=files)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    return post


@pytest.fixture
def ask(client: TestClient, valued: Callable[[], dict[str, Any]]) -> Any:
    identifier = valued()["id"]

    def post(status: int = 200, **request: Any) -> Any:
        path = f"/v1/packages/{identifier}/comparables"
        response = client.post(path, json={"as_of": "2025-12-31", **request})
        assert response.status_code == status, response.text
        answer = response.json()
        if status == 200:
            assert ANALYSIS.answer.model_validate(answer)
        return answer

    return post


def test_choices_are_those_of_the_catalogue() -> None:
    for kind, name in ((PriceKind, "price_kind"), (RateBase, "rate_base")):
        assert set(get_args(kind)) == set(catalogue.field("deals", name).values)


def test_without_deals_there_is_no_price_but_a_reason(ask: Any) -> None:
    answer = ask()

    assert answer["refusal"] == "no_deals"
    assert answer["estimate"] is None
    assert answer["classes"] == []
    assert "import" in answer["reason"]
    assert answer["reason_zh"]
    assert answer["own_value"]["present_value_rate"] is None


def test_the_example_is_answered_as_described(
    client: TestClient, valued: Callable[[], dict[str, Any]], send: Any
) -> None:
    send(*(deal(i) for i in range(20)))
    path = f"/v1/packages/{valued()['id']}/comparables"
    response = client.post(path, json=dict(ANALYSIS.example))

    assert response.status_code == 200, response.text
    answer = ANALYSIS.answer.model_validate(response.json())
    assert answer.model_dump()["estimate"] is not None


def test_a_package_is_priced_by_its_nearest_deals(ask: Any, send: Any) -> None:
    send(*(deal(i) for i in range(20)))
    answer = ask()
    told, deals = answer["estimate"], answer["deals"]
    package_yuan = sum(
        claim["principal"] + claim.get("interest", 0.0) for claim in EXAMPLE["claims"]
    )

    assert answer["refusal"] is None
    assert answer["chosen_by"] == "most deals"
    assert answer["price_class"]["rate_base"] == "claim_total"
    assert 0.15 < told["low_rate"] < told["price_rate"] < told["high_rate"] < 0.3
    assert told["base_yuan"] == pytest.approx(package_yuan)
    assert told["price_yuan"] == pytest.approx(
        told["price_rate"] * package_yuan, rel=1e-5
    )
    shares = sum(d["estimate_share"] for d in deals) + told["class_mean_share"]
    assert shares == pytest.approx(1.0, abs=1e-4)
    distances = [d["distance"] for d in deals]
    assert distances == sorted(distances)
    assert answer["errors"]["seen"] == "earlier"
    assert answer["confidence"] in ("medium", "low")
    assert "effective deals" in answer["reason"]
    subject = {fact["fact"]: fact for fact in answer["subject"]}
    assert subject["claims"]["value"] == 2.0
    assert subject["product"]["shares"]["working_capital"] > 0.99
    compared = {fact["fact"]: fact for fact in deals[0]["facts"]}
    assert compared["mean_days_past_due"]["value"] == 500.0
    assert compared["province"]["value"] is None


def test_a_public_table_in_dollars_never_prices_a_package(ask: Any, send: Any) -> None:
    send(*(deal(i, 币种="USD", 价格口径="次高价") for i in range(30)))
    answer = ask()

    assert answer["refusal"] == "no_deals"
    assert {c["currency"] for c in answer["classes"]} == {"USD"}
    send(*(deal(i, 交易编号=f"yuan{i}") for i in range(10)))
    beside = ask()
    assert beside["price_class"]["currency"] == "CNY"
    assert {d["deal_id"] for d in beside["deals"]} == {f"yuan{i}" for i in range(10)}
    assert beside["estimate"]["price_rate"] < 0.25


def test_kinds_and_bases_are_compared_apart(ask: Any, send: Any) -> None:
    send(
        *(deal(i) for i in range(10)),
        *(deal(i, 价格口径="起始价", 价格="1000000") for i in range(12)),
    )
    usual, clearing = ask(), ask(price_kind="clearing")

    assert usual["price_class"]["price_kind"] == "start"
    assert "asked_not_paid" in {w["code"] for w in usual["warnings"]}
    assert usual["estimate"]["price_rate"] == pytest.approx(0.1, rel=0.01)
    assert clearing["estimate"]["price_rate"] > 0.15
    of_principal = ask(price_kind="clearing", rate_base="principal")
    assert of_principal["chosen_by"] == "request"
    assert of_principal["estimate"]["price_rate"] == pytest.approx(
        clearing["estimate"]["price_rate"] * 10 / 8, rel=1e-3
    )
    principal = sum(claim["principal"] for claim in EXAMPLE["claims"])
    assert of_principal["estimate"]["base_yuan"] == principal


def test_blocks_are_compared_with_blocks(ask: Any, send: Any) -> None:
    send(*(deal(i, 大包转让="是", 价格="7000000") for i in range(10)))

    assert ask()["refusal"] == "no_deals"
    block = ask(block_transfer=True)
    assert block["estimate"]["price_rate"] == pytest.approx(0.7, rel=0.01)


def test_few_deals_are_refused_with_their_number(ask: Any, send: Any) -> None:
    send(*(deal(i) for i in range(3)))
    answer = ask()

    assert answer["refusal"] == "too_few_deals"
    assert answer["price_class"]["deals"] == 3
    assert "3 deals" in answer["reason"]


def test_later_deals_and_its_own_are_left_out(ask: Any, send: Any) -> None:
    own = EXAMPLE["package"]["package_id"]
    send(*(deal(i) for i in range(20)), deal(0, 交易编号=own))
    answer = ask(as_of="2023-12-31")

    codes = {w["code"] for w in answer["warnings"]}
    assert codes >= {"own_deal", "later_deals"}
    assert answer["price_class"]["deals"] == 12
    assert own not in {d["deal_id"] for d in answer["deals"]}
    assert max(d["deal_date"] for d in answer["deals"]) <= "2023-12-31"


def test_payment_terms_are_pointed_at(ask: Any, send: Any) -> None:
    send(*(deal(i, 付款方式="首付30%，余款九年") for i in range(10)))

    assert "payment_terms" in {w["code"] for w in ask()["warnings"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_kind": "best"},
        {"rate_base": "value"},
        {"as_of": "31/12/2025"},
        {"block_transfer": "yes"},
        {"currency": "USD"},
    ],
)
def test_a_wrong_question_is_refused_in_both_languages(
    ask: Any, wrong: dict[str, Any]
) -> None:
    problem = ask(status=422, **wrong)

    (error,) = problem["errors"]
    assert next(iter(wrong)) in error["pointer"]
    assert error["detail"]
    assert error["detail_zh"]


class LateEvening(datetime):
    """A clock at six in the evening in London, which is the next day in Beijing."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "LateEvening":
        return cls(2026, 3, 1, 18, tzinfo=UTC).astimezone(tz)


def test_a_deal_of_today_counts_from_midnight_in_beijing_on(
    send: Callable[..., dict[str, Any]],
    client: TestClient,
    valued: Callable[[], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(*(deal(n) for n in range(1, 9)), deal(9, 交易日期="2026-03-02"))
    monkeypatch.setattr(beijing, "datetime", LateEvening)
    path = f"/v1/packages/{valued()['id']}/comparables"
    answer = client.post(path, json={}).json()

    assert answer["as_of"] == "2026-03-02"
    assert "later_deals" not in [w["code"] for w in answer["warnings"]]
