"""Chinese names of the fields of answers and of their words: ``names.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


def name_zh(model: type, field: str) -> str:
    """The Chinese name of a field of an answer.

    A name for ``Model.field`` goes before that of the field alone, and holds for the
    models that inherit the field.

    Args:
        model: Class of the answer.
        field: Name of the field.
    """
    names = field_names()
    for owner in model.__mro__:
        own = names.get(f"{owner.__name__}.{field}")
        if own is not None:
            return own
    return names.get(field, field)


def field_names() -> Mapping[str, str]:
    """Chinese names by field, or by model and field."""
    return _declared()["names"]


def words_zh() -> Mapping[str, str]:
    """Chinese by the words that fields may hold."""
    return _declared()["words"]


@cache
def _declared() -> Mapping[str, Mapping[str, str]]:
    text = files("serving.answers").joinpath("names.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))
