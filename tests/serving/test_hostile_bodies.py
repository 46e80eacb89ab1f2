"""Bodies that are no package, whatever they are instead."""

import pytest
from fastapi.testclient import TestClient

DOORS = ("/v1/valuations", "/v1/prices")
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "space": b"   ",
    "NaN": b'{"claims":[{"claim_id":"1","principal":NaN}]}',
    "Infinity": b'{"claims":[{"claim_id":"1","principal":Infinity}]}',
    "minus Infinity": b'{"claims":[{"claim_id":"1","principal":-Infinity}]}',
    "too large for a float": b'{"claims":[{"claim_id":"1","principal":1e999}]}',
    "NaN in a column": b'{"claims":{"claim_id":["1"],"principal":[NaN]}}',
    "a large column": b'{"claims":{"claim_id":["1"],"principal":[1e999]}}',
    "repeated column": b'{"claims":{"claim_id":["1"],"claim_id":["2"]}}',
    "invalid UTF-8 in a column": b'{"claims":{"claim_id":["\xff"],"principal":[1]}}',
    "unfinished column": b'{"claims":{"claim_id":["1"',
    "repeated key": b'{"claims":[{"claim_id":"1","principal":1,"principal":9}]}',
    "repeated table": b'{"claims":[],"claims":[]}',
    "unfinished": b'{"claims":[{"claim_id":',
    "two documents": b'{"claims":[]}{"claims":[]}',
    "trailing comma": b'{"claims":[],}',
    "single quotes": b"{'claims':[]}",
    "a comment": b'{"claims":[]} // all of them',
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "text": b'"claims"',
    "deep nesting": b'{"claims":' + b"[" * 100_000,
    "closed deep nesting": b'{"claims":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "invalid UTF-8": b'{"claims":[{"claim_id":"\xff"}]}',
    "half a surrogate": b'{"claims":[{"claim_id":"\\ud800","principal":1}]}',
    "UTF-16": '{"claims":[]}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"claims":[]}',
    "hexadecimal": b'{"claims":[{"claim_id":"1","principal":0x10}]}',
    "leading zero": b'{"claims":[{"claim_id":"1","principal":010}]}',
    "a number of 5,000 digits": b'{"claims":[{"principal":' + b"9" * 5000 + b"}]}",
    "XML": b"<claims/>",
    "a zip": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", BODIES)
def test_body_that_is_no_package_is_refused(
    shared_client: TestClient, name: str, door: str
) -> None:
    response = shared_client.post(
        door,
        content=BODIES[name],
        headers={"content-type": "application/json"},
    )

    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]
