"""The client on persons behind claims."""

from serving.client import Client
from serving.schemas import EXAMPLE


def test_a_program_looks_and_destroys(recoup: Client) -> None:
    claims = [
        {**EXAMPLE["claims"][0], "claim_id": f"C{n}", "obligor_name": "张伟"}
        for n in range(201)
    ]
    request = {"package": EXAMPLE["package"], "claims": claims}
    valued = recoup.value_records({**request, "assumptions": {"simulations": 100}})
    why, package = "service of the summons", EXAMPLE["package"]["package_id"]
    assert len(list(recoup.persons(valued["id"], why))) == 201
    (one,) = recoup.persons(valued["id"], why, claim_id="C7")
    assert one["entries"][0]["facts"]["obligor_name"] == "张伟"

    assert recoup.kept_persons(package)["claims"] == 201
    gone = recoup.destroy_persons(package, key="once")
    assert recoup.destroy_persons(package, key="once") == gone
    assert recoup.certificate(gone["certificate"]) == gone
