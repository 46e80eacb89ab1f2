from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from features.personal.keys import KeyPlace
from serving.identifiers import new_id
from serving.storage.store import Store

Keep = Callable[..., str]


@pytest.fixture
def vaulted(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """A store with keys of its own."""
    store = Store(database_url, keys=KeyPlace(tmp_path / "personal.keys"))
    store.upgrade()
    yield store
    store.close()


@pytest.fixture
def keep() -> Keep:
    """Puts the persons of two claims away; gives the valuation."""

    def kept(store: Store, package_id: str = "PKG") -> str:
        identifier = new_id(datetime.now(UTC))
        told = {
            "claim": ["C1", "C2", "C2"],
            "row": [2, 3, 4],
            "obligor_name": ["张伟", "李娜", None],
            "phone": [None, None, "13800138000"],
        }
        with store.session() as session:
            persons = {"claims": pa.table(told)}
            assert store.vault.keep(session, identifier, package_id, persons) == 2
        return identifier

    return kept
