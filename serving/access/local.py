"""Access for whoever runs commands on this machine: its files are theirs anyway."""

from collections.abc import Iterator
from contextlib import contextmanager

from serving.access.keys import Keys
from serving.access.persons import local_person
from serving.access.who import Who
from serving.settings import Settings
from serving.storage.postgresql import Limits
from serving.storage.store import Store


def store_of(settings: Settings, who: Who | None = None) -> Store:
    """The store of an installation; no connection is opened yet.

    Args:
        settings: Of the installation.
        who: Whose rows are meant; those of whoever runs this program otherwise.
    """
    limits = Limits(settings.database_patience_seconds, settings.database_connections)
    return Store(settings.database_url, who, limits, settings.key_place)


@contextmanager
def opened_store(settings: Settings, who: Who | None = None) -> Iterator[Store]:
    """The store of an installation, its tables made where they are not there.

    Args:
        settings: Of the installation.
        who: Whose rows are meant; those of whoever runs this program otherwise.

    Raises:
        StoreError: It does not answer.
    """
    store = store_of(settings, who)
    try:
        store.upgrade()
        yield store
    finally:
        store.close()


def local_key(settings: Settings, name: str) -> str:
    """A new API key in every role for the user who runs this program.

    Args:
        settings: Of the installation.
        name: What it is for.

    Raises:
        StoreError: The store does not answer; nothing was issued.
    """
    with opened_store(settings) as store:
        return Keys(store).issue(local_person(store).id, name).text
