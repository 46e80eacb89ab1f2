"""The forms from a dropped tape to its valuation, filled in as a browser would."""

import re
import time
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from models.pricing.assumptions import Assumptions

CUTOFF = "2025-06-30"
ROWS = [f"A{i:02d},{1000 * (i + 1)},{90 + i},x{i}" for i in range(12)]
TAPE = "\n".join(["借据号,本金余额,逾期天数,附注", *ROWS, "A99,-5,90,y"]).encode()
FOREIGN = "\n".join(["编码,欠款,逾期天数,身份证号", *ROWS]).encode("gb18030")
LANGUAGES = ("zh", "en")


def drop(
    client: TestClient, content: bytes = TAPE, language: str = "zh", **said: str
) -> Response:
    return client.post(
        f"/{language}/new",
        files={"file": (said.pop("name", "tape.csv"), content)},
        data={"cutoff_date": CUTOFF, **said},
        follow_redirects=False,
    )


def dropped(client: TestClient, content: bytes = TAPE, **said: str) -> str:
    """Path of the draft of a tape that is kept."""
    response = drop(client, content, **said)
    assert response.status_code == 303, response.text
    return response.headers["location"]


def correct(
    client: TestClient, path: str, *columns: tuple[str, str, str], **said: str
) -> Response:
    form: dict[str, Any] = {"seller": "", "cutoff_date": CUTOFF, **said}
    form |= {"table": ["claims"] * len(columns)}
    for place, name in enumerate(("header", "field", "unit")):
        form[name] = [column[place] for column in columns]
    return client.post(path, data=form, follow_redirects=False)


def answered(client: TestClient, path: str, **typed: str) -> Response:
    shown = client.get(f"{path}/assumptions").text
    kept = {name: value_of(shown, name) for name in _required()}
    form = {**kept, "simulations": "500", **typed}
    return client.post(f"{path}/assumptions", data=form, follow_redirects=False)


def _required() -> list[str]:
    return [name for name in Assumptions.model_fields if name != "payments"]


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def followed(client: TestClient, path: str) -> str:
    """Where the page of progress leads in the end."""
    for _ in range(600):
        response = client.get(f"{path}/progress", follow_redirects=False)
        if response.status_code == 303:
            return str(response.headers["location"])
        assert response.status_code == 200
        time.sleep(0.05)
    pytest.fail("the valuation does not come to an end")
