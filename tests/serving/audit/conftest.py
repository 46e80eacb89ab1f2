"""A log with its keys, without a service."""

from collections.abc import Callable
from pathlib import Path

import pytest

from serving.access.who import local_user
from serving.audit.keys import Keys
from serving.audit.log import Audit
from serving.audit.signing import Signing
from serving.settings import Settings
from serving.storage.store import Store

Append = Callable[[int], None]


@pytest.fixture
def keys(database_url: str, tmp_path: Path) -> Keys:
    return Keys(Settings(database_url=database_url, audit_folder=tmp_path / "audit"))


@pytest.fixture
def signing(store: Store, keys: Keys) -> Signing:
    return Signing(store.session_of_all, keys)


@pytest.fixture
def append(store: Store) -> Append:
    """Appends so many entries."""

    def some(count: int) -> None:
        with store.session() as session:
            for n in range(count):
                Audit.append(session, local_user(), "draft.dropped", f"D{n}")

    return some
