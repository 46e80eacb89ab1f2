"""python -m serving access: what it refuses rather than do in part."""

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest
from click.testing import CliRunner, Result

from features.errors import InputError
from serving.access.local import opened_store
from serving.access.persons import Persons, local_person
from serving.access.program import access
from serving.commands.serve import _invitation
from serving.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RECOUP_DATABASE_URL", database_url)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(access, arguments, standalone_mode=False)

    return invoke


@pytest.fixture
def person(run: Run) -> str:
    told = orjson.loads(run("person", "Li Wei", "--role", "viewer").output)
    identifier: str = told["persons"][-1]["id"]
    return identifier


@pytest.mark.parametrize(
    ("stated", "remedy"),
    [
        (("person", "--change", "ID", "--role", "admin"), "state NAME and --role"),
        (("person", "Li Na", "--disable", "ID"), "--disable takes no NAME"),
        (("person", "--disable", "ID", "--enable", "ID"), "state one of them"),
        (("key", "nightly", "--revoke", "ID"), "--revoke takes no NAME"),
    ],
)
def test_what_would_be_done_in_part_is_refused_with_the_way_out(
    run: Run, person: str, stated: tuple[str, ...], remedy: str
) -> None:
    before = run("person").output
    refused = run(*(person if word == "ID" else word for word in stated))

    assert isinstance(refused.exception, InputError)
    assert remedy in str(refused.exception)
    assert refused.exception.zh != str(refused.exception)
    assert run("person").output == before


def test_a_person_is_changed_disabled_and_enabled(run: Run, person: str) -> None:
    changed = run("person", "Li Na", "--role", "admin", "--change", person).output
    disabled = run("person", "--disable", person).output
    enabled = run("person", "--enable", person).output

    told = [orjson.loads(each)["persons"][-1] for each in (changed, disabled, enabled)]
    assert {(each["name"], *each["roles"]) for each in told} == {("Li Na", "admin")}
    assert [each["disabled_at"] is None for each in told] == [True, False, True]


def test_a_service_starts_though_whoever_starts_it_is_disabled(
    settings: Settings,
) -> None:
    with opened_store(settings) as store:
        own = local_person(store).id
        Persons(store.of(replace(store.who, id="person:other"))).disable(own)

    told = _invitation(settings)
    assert told.startswith(f"Open {settings.home}; there is no link")
    assert "enable them first" in told
