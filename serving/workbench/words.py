"""The one catalogue of what pages say: ``texts/*.toml``, in Chinese and English."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from features.catalogue import Language


def text(language: Language, key: str) -> str:
    """What a page says.

    Args:
        language: Language of the page.
        key: ``section.name``; the section is the name of a file of texts.

    Raises:
        KeyError: There is no such text.
    """
    return texts()[key][language]


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Every text by key, each in every language."""
    folder = files("serving.workbench").joinpath("texts")
    sections = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")),
        key=lambda file: file.name,
    )
    return MappingProxyType(
        {
            f"{file.name.removesuffix('.toml')}.{name}": words
            for file in sections
            for name, words in tomllib.loads(file.read_text("utf-8")).items()
        }
    )
