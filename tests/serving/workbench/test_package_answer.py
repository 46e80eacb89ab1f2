"""What an answer says beside its claims is what the whole answer says."""

from typing import Any

from fastapi.testclient import TestClient

from serving.desk import Desk
from serving.settings import Settings
from serving.workbench.package.answer import answer_around


def test_the_rest_of_an_answer_is_read_without_its_claims(
    client: TestClient, settings: Settings, package: dict[str, Any]
) -> None:
    # What a seller writes looks like the places that are searched for.
    trap = '],"filename":"x","package":{"package_id":'
    package["package"] |= {"package_id": trap, "seller": trap}
    package["claims"][0] |= {"claim_id": trap, "obligor_id": trap}
    package["collateral"][0]["claim_id"] = trap
    response = client.post("/v1/valuations", json=package)
    assert response.status_code == 201, response.text
    answer = response.json()
    desk = Desk(settings)
    around = answer_around(desk.store, answer["id"])
    desk.close()

    parts = ("id", "created_at", "package", "claims")
    assert around == {k: v for k, v in answer.items() if k not in parts}
    assert around["warnings"]
