"""What the client makes of answers that are none."""

import httpx2
import pytest

from serving.client import InvalidRequestError
from serving.client.errors import UnavailableError, refusal

PROBLEM = {"content-type": "application/problem+json"}


def test_an_error_names_the_first_fault_in_its_one_line() -> None:
    fault = {
        "code": "assumption",
        "detail": "there is no such field; remove it",
        "detail_zh": "没有该字段；请删除",
        "table": "assumptions",
        "field": "luck",
    }
    problem = {
        "type": "urn:recoup:problem:assumption",
        "detail": "2 of the assumptions cannot be used",
        "error_count": 2,
        "errors": [fault, {**fault, "field": "chance"}],
    }

    error = refusal(httpx2.Response(422, json=problem, headers=PROBLEM))

    assert isinstance(error, InvalidRequestError)
    assert str(error) == (
        "422: 2 of the assumptions cannot be used; assumptions, luck: there is no such "
        "field; remove it (and 1 more)"
    )


def test_an_error_says_nothing_twice() -> None:
    said = "the same request is being answered now; ask again in some seconds"
    fault = {"code": "in_flight", "detail": said, "detail_zh": "同一请求正在处理中"}
    problem = {"detail": f"header: {said}", "error_count": 1, "errors": [fault]}

    error = refusal(httpx2.Response(409, json=problem, headers=PROBLEM))

    assert str(error) == f"409: header: {said}"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'{"errors": [{"message": "upstream"}]}', "application/json"),
        (b'{"errors": null}', "application/json"),
        (b"<html>bad gateway</html>", "application/json"),
        (b"cut off {", "application/problem+json"),
        (b"<html>bad gateway</html>", "text/html"),
    ],
)
def test_what_stands_between_client_and_service_may_answer_what_it_likes(
    content: bytes, media_type: str
) -> None:
    headers = {"content-type": media_type, "retry-after": "7"}

    error = refusal(httpx2.Response(503, content=content, headers=headers))

    assert isinstance(error, UnavailableError)
    assert error.passing
    assert (error.faults, error.retry_after_seconds) == ((), 7.0)
