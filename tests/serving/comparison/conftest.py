from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.champion import ModelCache
from serving.settings import Settings


@pytest.fixture
def under_other_model(
    settings: Settings, other_model_files: Path, open_client: Callable[..., TestClient]
) -> Iterator[Callable[[dict[str, Any]], str]]:
    """Values a package in the same store under the other model."""
    cache = ModelCache(settings.model_cache)
    cache.remember("champion", cache.add("recovery", "2", other_model_files))
    with open_client(settings) as client:

        def valued(package: dict[str, Any]) -> str:
            return str(client.post("/v1/valuations", json=package).json()["id"])

        yield valued
