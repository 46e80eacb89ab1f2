"""The client on who may use the service."""

from serving.client import Client


def test_a_program_lets_somebody_in_and_out(recoup: Client) -> None:
    person = recoup.add_person("Li Wei", ["viewer"])["id"]
    recoup.change_person(person, "Li Wei", ["viewer", "pricer"])
    issued = recoup.issue_key(person, {"name": "nightly", "days": 7})
    (listed,) = recoup.api_keys(person)
    assert {**listed, "key": issued["key"]} == issued
    assert recoup.revoke_key(issued["id"])["revoked_at"] is not None

    assert "/sign-in/" in recoup.sign_in_link(person)["link"]
    assert recoup.sessions(person) == []
    recoup.sign_out(person)
    assert recoup.disable_person(person)["disabled_at"] is not None
    assert recoup.enable_person(person) in recoup.known_persons()
