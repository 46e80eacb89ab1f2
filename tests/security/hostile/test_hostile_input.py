"""Every named case at its door: refused in words, and nothing recorded."""

import re
from collections.abc import Callable
from time import perf_counter, sleep

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from serving.sandbox.pool import ReadingPool
from tests.security.hostile.asking import FORM, REQUESTS, Ask, file_part, form
from tests.security.hostile.conftest import Held
from tests.security.hostile.files import FILES

pytestmark = pytest.mark.unwatched
LONGEST_SECONDS = 0.5
NAMED = 150
UPLOADS = ("/v1/valuations/upload", "/v1/comparables", "/zh/new")
CHINESE = re.compile("[\u4e00-\u9fff]")
Report = Callable[[str], None]


def sent(gate: TestClient, ask: Ask, valued: str) -> Response:
    """The answer to a request."""
    method, _, path = ask.door.partition(" ")
    return gate.request(
        method,
        path.replace("VALUED", valued),
        content=ask.body,
        headers=dict(ask.headers),
    )


def check_words(answer: Response) -> None:
    """A refusal of the API has words in both languages."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = answer.json()
        assert problem["detail"]
        assert CHINESE.search(problem["detail_zh"])
        assert all(
            e["detail"] and CHINESE.search(e["detail_zh"]) for e in problem["errors"]
        )


# Of a form that ends too soon: the file is closed when it is forgotten.
@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile")
@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_is_refused(
    gate: TestClient, valued: str, held: Held, long: bool, name: str
) -> None:
    ask, before = REQUESTS[name], held()

    began = perf_counter()
    answer = sent(gate, ask, valued)
    taken = perf_counter() - began

    assert answer.status_code in ask.statuses, answer.text[:500]
    assert held() == before
    if answer.status_code >= 400:
        check_words(answer)
    if long:
        assert taken <= LONGEST_SECONDS


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_at_every_door(
    gate: TestClient, pool: ReadingPool, held: Held, long: bool, name: str
) -> None:
    content, before = FILES[name](), held()
    for door in UPLOADS if long else UPLOADS[:1]:
        # Another file may have ended the children.
        while not pool.is_ready():
            sleep(0.01)
        began = perf_counter()
        answer = gate.post(
            door, content=form(file_part(content)), headers={"content-type": FORM}
        )
        taken = perf_counter() - began

        readable = door == "/zh/new" and answer.status_code == 303
        assert answer.status_code == 422 or readable, (door, answer.text[:500])
        check_words(answer)
        if long:
            assert taken <= LONGEST_SECONDS
    after = held()
    assert (after["valuations"], after["deals"]) == (
        before["valuations"],
        before["deals"],
    )


def test_there_are_enough_of_them(report: Report) -> None:
    cases = len(FILES) * len(UPLOADS) + len(REQUESTS)
    report(
        f"{len(FILES)} files at {len(UPLOADS)} doors, {len(REQUESTS)} requests: {cases}"
    )

    assert len(FILES) + len(REQUESTS) >= NAMED
