"""The six disposal paths, and what a history calls them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa

from features.package import Ints

Path = Literal["collect", "settle", "sue", "restructure", "debt_to_equity", "sell_on"]
PATHS: tuple[Path, ...] = get_args(Path)
NO_PATH = -1


@cache
def _declared() -> dict[str, dict[str, Any]]:
    text = files("models.paths").joinpath("paths.toml").read_text("utf-8")
    return tomllib.loads(text)


def path_zh(path: Path) -> str:
    """Name of a path in Chinese."""
    return str(_declared()[path]["zh"])


def path_of_label() -> dict[str, int]:
    """Position in ``PATHS`` of each label of a disposal history."""
    return {
        label: place
        for place, path in enumerate(PATHS)
        for label in _declared()[path]["labels"]
    }


def paths_of(labels: pa.ChunkedArray) -> Ints:
    """Position in ``PATHS`` of each label, ``NO_PATH`` where there is none, (n,)."""
    places = path_of_label()
    found = [places.get(label, NO_PATH) for label in labels.to_pylist()]
    return np.array(found, np.int64)
