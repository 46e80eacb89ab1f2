"""Batches on the portfolio page, and the page of each."""

from fastapi.testclient import TestClient

TAPE = ("loans.csv", b"claim_id,principal,cutoff_date\n1,1000,2025-12-31\n")


def put_in(client: TestClient) -> str:
    response = client.post("/v1/batches/upload", files={"file": TAPE})
    identifier: str = response.json()["id"]
    return identifier


def test_batch_is_listed_shown_and_cancelled(client: TestClient) -> None:
    identifier = put_in(client)
    for language, queued, cancelled in (
        ("zh", "排队中", "已取消"),
        ("en", "Queued", "Cancelled"),
    ):
        listed = client.get(f"/{language}/portfolio").text
        assert "loans.csv" in listed
        assert identifier in listed
        page = client.get(f"/{language}/batches/{identifier}")
        assert queued in page.text or cancelled in page.text
    left = client.post(f"/en/batches/{identifier}/cancellation")
    assert "Cancelled" in left.text
    assert "cancellation" not in left.text
    again = client.post(f"/en/batches/{identifier}/retry")
    assert again.status_code == 409


def test_absent_batch_is_a_page_that_says_so(client: TestClient) -> None:
    assert client.get("/zh/batches/absent").status_code == 404
