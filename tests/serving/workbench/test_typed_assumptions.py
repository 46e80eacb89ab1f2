"""Assumptions as they are typed beside a dropped tape."""

import re

import pytest
from fastapi.testclient import TestClient

from features import catalogue
from models.pricing.assumptions import Assumptions
from serving.drafts.drafts import Drafts
from serving.storage.store import Store
from serving.workbench.words import texts
from tests.serving.workbench.dropping import (
    LANGUAGES,
    answered,
    dropped,
    followed,
    value_of,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_assumptions_are_named_at_their_field_and_nothing_is_lost(
    client: TestClient, language: str
) -> None:
    path = dropped(client, language=language)
    response = answered(
        client,
        path,
        target_return_rate="120",
        horizon_months="12.5",
        price_yuan="abc",
        funding_rate="７",
        seed="42",
        month="0",
        share="40",
    )
    page = response.text
    assert response.status_code == 422
    for name in ("target_return_rate", "horizon_months", "price_yuan"):
        field = re.search(rf'<input id="{name}"[^>]*>', page)
        assert field is not None
        assert 'aria-invalid="true"' in field[0]
        assert f'aria-describedby="{name}-why {name}-fault"' in field[0]
    assert page.count('aria-invalid="true"') == 3
    assert value_of(page, "target_return_rate") == "120"
    assert value_of(page, "price_yuan") == "abc"
    assert value_of(page, "seed") == "42"
    assert 'name="share" value="40"' in page
    assert "（40%），应为1（100%）" in page or "(40%); make it 1 (100%)" in page
    assert client.get("/v1/valuations").json()["items"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bound_is_told_in_the_unit_of_its_field(
    client: TestClient, language: str
) -> None:
    path = dropped(client, language=language)
    wrong = {"downturn_level": "100", "month": "0", "share": "140"}
    page = answered(client, path, **wrong).text
    below, most = {
        "zh": ("必须小于100%", "不得大于100%"),
        "en": ("must be below 100%", "must be at most 100%"),
    }[language]
    assert f'id="downturn_level-fault">{below}</p>' in page
    assert f'id="payments-fault">{most}</p>' in page


def test_amounts_are_typed_in_the_unit_of_the_page(
    client: TestClient, store: Store
) -> None:
    path = dropped(client)
    typed = {"price_yuan": "1.5", "suit_least_yuan": "6", "simulations": "500"}
    assert answered(client, path, **typed, month="6", share="100").status_code == 303
    followed(client, path)
    stated = Drafts(store).get(path.rpartition("/")[2]).assumptions
    assert stated == {
        "price_yuan": 15_000.0,
        "simulations": 500,
        "payments": [{"month": 6, "share_rate": 1.0}],
    }


@pytest.mark.parametrize(
    "typed",
    [
        {"simulations": "1e999999"},
        {"seed": "9" * 5000},
        {"month": "1e999999", "share": "100"},
        {"month": "Infinity", "share": "NaN"},
        {"target_return_rate": "NaN"},
        {"factor_correlation": "<script>"},
        {"downturn_level": "0"},
    ],
)
def test_hostile_assumptions_are_refused(
    client: TestClient, typed: dict[str, str]
) -> None:
    response = answered(client, dropped(client), **typed)
    assert response.status_code == 422
    assert "<script>" not in response.text.replace('<script src="/static', "")


def test_every_assumption_has_a_name_in_both_languages() -> None:
    for name in Assumptions.model_fields:
        assert set(texts()[f"assumptions.{name}"]) == {"zh", "en"}


def test_every_field_of_a_tape_can_be_chosen(client: TestClient) -> None:
    page = client.get(dropped(client)).text
    for name, field in catalogue.fields("claims").items():
        assert re.search(rf'<option value="{name}"[^>]*>{re.escape(field.zh)}<', page)
