"""Persons of an installation and their keys."""

from collections.abc import Collection

from serving.access.keys import Keys
from serving.access.local import opened_store
from serving.access.persons import Persons
from serving.access.who import EVERY_ROLE
from serving.settings import Settings


def shown_key(
    settings: Settings, name: str, roles: Collection[str] = EVERY_ROLE
) -> dict[str, str]:
    """The header by which a new person of this name asks."""
    with opened_store(settings) as store:
        person = Persons(store).add(name, roles)
        return {"Authorization": f"Bearer {Keys(store).issue(person.id, name).text}"}
