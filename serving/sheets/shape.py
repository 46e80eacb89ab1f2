"""What an answer is made of, told from its model: single figures, and lists of things.

Objects within objects are flattened into single figures with a path; every list of
objects, and every dictionary, is a listing of its own, which may hold others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from serving.answers.names import name_zh, words_zh
from serving.sheets.cells import Column, Kind

Path = tuple[str, ...]
_KINDS: Mapping[str, Kind] = {"yuan": "yuan", "share": "rate"}
_SUFFIXES: Mapping[str, Kind] = {"_yuan": "yuan", "_rate": "rate", "_share": "rate"}


@dataclass(frozen=True)
class Title:
    """A name in both languages, without its unit."""

    zh: str
    en: str


_VALUE = Title("值", "value")


@dataclass(frozen=True)
class Figure:
    """A single figure.

    Attributes:
        path: Names of fields that lead to it from its object; none for an entry that
            is a figure itself.
        titles: Of those fields.
        kind: How it is shown.
        is_word: Whether it is text, which may name its object.
        chinese: Chinese by the words that it may hold, where the object does not give
            it in a field of its own.
    """

    path: Path
    titles: tuple[Title, ...]
    kind: Kind
    is_word: bool
    chinese: Mapping[str, str]

    @property
    def column(self) -> Column:
        """Heading in both languages, with its unit, and kind."""
        zh = "·".join(title.zh for title in self.titles)
        en = " · ".join(title.en for title in self.titles)
        if self.kind == "yuan":
            return f"{zh}（元）", en if en.endswith("yuan") else f"{en} (yuan)", "yuan"
        if self.path and self.path[-1].endswith("_months"):
            return f"{zh}（月）", f"{en} (months)", self.kind
        return zh, en, self.kind


@dataclass(frozen=True)
class Listing:
    """A list of objects, or a dictionary.

    Attributes:
        path: Names of fields that lead to it from its object.
        titles: Of those fields.
        shape: Of each entry.
        keyed: Whether it is a dictionary, whose keys are shown too.
    """

    path: Path
    titles: tuple[Title, ...]
    shape: "Shape"
    keyed: bool


@dataclass(frozen=True)
class Shape:
    """The single figures and the listings of an object, in the order of its fields."""

    figures: tuple[Figure, ...] = ()
    listings: tuple[Listing, ...] = ()

    @property
    def name(self) -> Figure | None:
        """The figure that names the object among its like, if one does."""
        own = (f for f in self.figures if f.is_word and len(f.path) == 1)
        return next(own, None)


def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of an answer.

    Args:
        model: Its class.
    """
    hints = get_type_hints(model, include_extras=True)
    return _joined(
        _within(
            name,
            _title(model, name),
            _shape_of_field(name, hints[name], said=f"{name}_zh" in hints),
        )
        for name in model.model_fields
    )


def _shape_of_field(name: str, hint: Any, *, said: bool = False) -> Shape:
    """The shape of one field; said: the object gives its Chinese in another."""
    plain, unit = _unmarked(hint)
    entries = get_args(plain)
    if _is_model(plain):
        return shape_of(plain)
    if get_origin(plain) in (list, tuple) and _is_model(entries[0]):
        return Shape(listings=(Listing((), (), shape_of(entries[0]), keyed=False),))
    if get_origin(plain) is dict:
        entry = _shape_of_field(name, entries[1])
        return Shape(listings=(Listing((), (), _valued(entry), keyed=True),))
    chinese = {} if said else _chinese(plain)
    return Shape((Figure((), (), _kind(name, plain, unit), _is_word(plain), chinese),))


def _valued(entry: Shape) -> Shape:
    """The shape of what stands under a key, with a heading for a bare figure."""
    bare = (f if f.titles else replace(f, titles=(_VALUE,)) for f in entry.figures)
    return replace(entry, figures=tuple(bare))


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, BaseModel)


def _unmarked(hint: Any) -> tuple[Any, str | None]:
    """A type without None and marks, and the unit that a mark names."""
    unit = None
    while True:
        if get_origin(hint) is Annotated:
            hint, *marks = get_args(hint)
            unit = next(filter(None, map(_unit, marks)), unit)
        elif len(stated := _stated(hint)) == 1:
            (hint,) = stated
        else:
            return hint, unit


def _unit(mark: Any) -> str | None:
    extra = mark.json_schema_extra if isinstance(mark, FieldInfo) else None
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return str(unit) if unit else None


def _stated(hint: Any) -> Sequence[Any]:
    """The types of a union but None; nothing for any other type."""
    if get_origin(hint) not in (Union, UnionType):
        return ()
    return [part for part in get_args(hint) if part is not NoneType]


def _kind(name: str, plain: Any, unit: str | None) -> Kind:
    if unit is not None:
        return _KINDS[unit]
    if plain is int:
        return "integer"
    if plain is float:
        return next((k for s, k in _SUFFIXES.items() if name.endswith(s)), "plain")
    return "text"


def _is_word(plain: Any) -> bool:
    return plain is str or get_origin(plain) is Literal


def _chinese(plain: Any) -> Mapping[str, str]:
    """Chinese of the words of a vocabulary; nothing for free text."""
    words = get_args(plain) if get_origin(plain) is Literal else ()
    return {word: words_zh().get(word, word) for word in words}


def _title(model: type[BaseModel], name: str) -> Title:
    words = name.removesuffix("_zh").removesuffix("_yuan").removesuffix("_months")
    en = words.replace("_", " ")
    return Title(name_zh(model, name), f"{en} (zh)" if name.endswith("_zh") else en)


def _within(name: str, title: Title, shape: Shape) -> Shape:
    """The shape of a field, as seen from the object that holds it."""
    return Shape(
        tuple(
            replace(f, path=(name, *f.path), titles=(title, *f.titles))
            for f in shape.figures
        ),
        tuple(
            replace(x, path=(name, *x.path), titles=(title, *x.titles))
            for x in shape.listings
        ),
    )


def _joined(shapes: Iterable[Shape]) -> Shape:
    parts = tuple(shapes)
    return Shape(
        tuple(figure for part in parts for figure in part.figures),
        tuple(listing for part in parts for listing in part.listings),
    )
