"""The one list of fields of a tape and of features of a model.

The list itself is data: ``fields.toml`` and ``model_features.toml``. The reader of
tapes, the request model of the service, the Excel template, the categories and
monotone directions of LightGBM and the data dictionary are all made from it.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, model_validator

Kind = Literal[
    "id", "text", "category", "money", "number", "integer", "boolean", "date"
]
Language = Literal["en", "zh"]
Family = Literal[
    "loan", "arrears", "obligor", "collateral", "guarantee", "legal", "region"
]
TAPE_TABLES = ("claims", "collateral", "guarantees")
HISTORY_TABLES = ("ledger", "workouts", "sales")
NUMERIC_KINDS = frozenset({"money", "number", "integer"})

_ARROW_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "id": pa.string(),
        "text": pa.string(),
        "category": pa.string(),
        "money": pa.float64(),
        "number": pa.float64(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
    }
)


class Field(BaseModel):
    """One field of a table.

    Attributes:
        name: Canonical name, the column in every table of this project.
        zh: Chinese name.
        en: Meaning in English, one sentence.
        meaning_zh: Meaning in Chinese.
        aliases: Other headers under which sellers send the field.
        inverse_aliases: Headers of the same fact stated the other way round,
            such as 失联 (lost) for ``contactable``.
        lesser: Headers that say it less surely, read where no better name of it stands:
            户籍地 of a province.
        parts: Headers of amounts that add up to the field where they stand apart,
            such as 罚息 and 复利 for ``penalty_interest``.
        kind: Type of the value.
        unit: Unit of a number where the kind does not say it.
        assumed_unit: Unit of money where a tape names none; yuan when absent.
        minimum: Smallest value allowed.
        maximum: Largest value allowed.
        positive: Whether zero is refused as well.
        values: Allowed values of a category with their synonyms, canonical first.
        open: Whether a category accepts values that the list does not hold.
        described_by: Headers of a text that tells the value of a category among other
            things, in files only: 抵押物情况 of a 位于苏州的住宅.
        several: Value of a category for a text of a file that names several of its
            others: 房产抵押、自然人保证 is a combination.
        leading: Whether more may follow a word of a category, and a city stand for its
            province: 江苏省苏州市 and 苏州市 are 江苏.
        refused: Words of a category, or ``true`` of a yes or no, that say that a row is
            not for sale.
        unlisted: Rule that a word off the list of a category breaks; the word is left
            out with a warning where it is ``unknown_value``, else its row is rejected.
        doubtful: Headers that may mean the field or something like it, which only a
            reader can tell.
        number_words: Words that stand for a number, such as 首封 for 1; 1 and 0 for a
            yes and a no.
        none_words: Words that say in place of a number or a day that there is none:
            未查封.
        spare: Whether no figure rests on it: where a file's value cannot be read it is
            left out with a warning, and its row is kept.
        required: Whether a row without it is rejected.
        per_claim: Whether a field of the package may stand on every claim.
        to_the_day: Whether a month alone does not state the date.
        after_cutoff: Whether a date may lie after the cut-off date.
        dates: Fields of its table that say how it stood on this date.
        tells: Field of its table that a day or a yes says something of, in files only;
            it is not kept: 核销日期 of ``written_off``.
        says: The value that a yes says it has, of a field with stages: 是否判决 that
            ``legal_stage`` is at least ``judgment``.
        personal: Whether it is personal data, taken out of the tape at the door.
        person: Whether it may tell of a person by name, which a sign then replaces.
        joining: Whether it serves to find the claims of a row that names none, in
            files only, and is not kept.
        lists: Table whose rows it names in a cell, one or several, in files only; kept
            there.
        known: When the value is known; an outcome never enters a feature.
        eba: Code and status in the EBA NPL templates, ITS 2023/2083.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    zh: str
    en: str
    meaning_zh: str = ""
    aliases: tuple[str, ...] = ()
    inverse_aliases: tuple[str, ...] = ()
    lesser: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    kind: Kind
    unit: str | None = None
    assumed_unit: str = "元"
    minimum: float | None = None
    maximum: float | None = None
    positive: bool = False
    values: Mapping[str, tuple[str, ...]] = {}
    open: bool = False
    described_by: tuple[str, ...] = ()
    several: str | None = None
    leading: bool = False
    refused: tuple[str, ...] = ()
    unlisted: str = "unknown_value"
    doubtful: tuple[str, ...] = ()
    number_words: Mapping[str, int] = {}
    none_words: tuple[str, ...] = ()
    spare: bool = False
    required: bool = False
    per_claim: bool = False
    to_the_day: bool = False
    after_cutoff: bool = False
    dates: tuple[str, ...] = ()
    tells: str | None = None
    says: str | None = None
    personal: bool = False
    person: bool = False
    joining: bool = False
    lists: str | None = None
    known: Literal["cutoff", "outcome"] = "cutoff"
    eba: str | None = None

    @model_validator(mode="after")
    def _category_has_values(self) -> "Field":
        if self.kind == "category" and not self.values and not self.open:
            raise ValueError(f"category {self.name} lists no values")
        return self

    @property
    def arrow_type(self) -> pa.DataType:
        """Type of the column in a canonical table."""
        return _ARROW_TYPES[self.kind]

    def label(self, value: str, language: Language) -> str:
        """How a category's value reads in a language; unknown values as they are."""
        synonyms = self.values.get(value, ())
        return synonyms[0] if language == "zh" and synonyms else value

    def title(self, language: Language) -> str:
        """Name of the field for a person."""
        return self.zh if language == "zh" else self.name.replace("_", " ")


class Feature(BaseModel):
    """One input of a model.

    Attributes:
        name: Name of the column in a feature table.
        zh: Chinese name.
        en: English name, and after a semicolon what it means.
        family: Group that a credit committee speaks of.
        direction: Expected effect on recovery: 1 up, -1 down, 0 open.
        enforced: Whether a model must hold it, where directions are enforced at all.
        inputs: Fields it is computed from, as ``table.field``.
        unit: Of a computed number: a share of one, months, a count, a flag of 0 or 1,
            or the natural logarithm of yuan. None where it passes a field on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    zh: str
    en: str
    family: Family
    direction: Literal[-1, 0, 1] = 0
    enforced: bool = False
    inputs: tuple[str, ...]
    unit: Literal["share", "months", "count", "flag", "log_yuan"] | None = None

    def title(self, language: Language) -> str:
        """Name of the feature for a person."""
        return self.zh if language == "zh" else self.en.partition(";")[0]


def _load(resource: str) -> dict[str, Any]:
    return tomllib.loads(files("features").joinpath(resource).read_text("utf-8"))


@cache
def _fields() -> Mapping[str, Mapping[str, Field]]:
    document = _load("fields.toml")
    values = document.pop("values")
    return MappingProxyType(
        {
            table: MappingProxyType(
                {name: _field(name, entry, values) for name, entry in entries.items()}
            )
            for table, entries in document.items()
        }
    )


def _field(name: str, entry: dict[str, Any], values: dict[str, Any]) -> Field:
    if entry["kind"] == "category":
        entry = {**entry, "values": values.get(entry.get("values", name), {})}
    return Field(name=name, **entry)


@cache
def fields(table: str) -> Mapping[str, Field]:
    """The fields of a table by name, in the order of the catalogue.

    The claims table carries, after its own, the fields of the package that may
    differ from claim to claim (cut-off date, seller).

    Args:
        table: ``package``, ``claims``, ``collateral``, ``guarantees``, ``ledger``,
            ``workouts``, ``sales`` or ``deals``.

    Raises:
        KeyError: There is no such table.
    """
    own = _fields()[table]
    if table != "claims":
        return own
    shared = {n: f for n, f in _fields()["package"].items() if f.per_claim}
    return MappingProxyType({**own, **shared})


def field(table: str, name: str) -> Field:
    """One field.

    Raises:
        KeyError: There is no such field.
    """
    return fields(table)[name]


def key(table: str) -> str:
    """The field by which rows of a table are told apart or joined: its first."""
    return next(iter(fields(table)))


@cache
def kept_fields(table: str) -> Mapping[str, Field]:
    """The fields of a table that a package keeps: all but personal data.

    What only finds the claims of a row is not kept either.
    """
    kept = {n: f for n, f in sent_fields(table).items() if not f.personal}
    return MappingProxyType(kept)


@cache
def sent_fields(table: str) -> Mapping[str, Field]:
    """The fields of a table that a program may send, which knows its claims."""
    every = fields(table).items()
    sent = {n: f for n, f in every if not (f.joining or f.lists or f.tells)}
    return MappingProxyType(sent)


@cache
def joining_fields(table: str) -> Mapping[str, Field]:
    """The fields that find the claims of a row of a file that names none."""
    joining = {n: f for n, f in fields(table).items() if f.joining}
    return MappingProxyType(joining)


@cache
def arrow_schema(table: str) -> pa.Schema:
    """Schema of a canonical table: every kept field, in catalogue order."""
    return pa.schema([(n, f.arrow_type) for n, f in kept_fields(table).items()])


@cache
def features() -> Mapping[str, Feature]:
    """The features a model may read, by name, in the order of the catalogue."""
    return MappingProxyType(
        {
            name: Feature(name=name, **entry)
            for name, entry in _load("model_features.toml").items()
        }
    )


def feature_field(feature: Feature) -> Field | None:
    """The field whose value a feature passes on unchanged, if it is such a one.

    Only those can be categories: a computed feature is always a number.
    """
    if len(feature.inputs) != 1:
        return None
    table, name = feature.inputs[0].split(".")
    return field(table, name) if name == feature.name else None


def is_categorical(feature: Feature) -> bool:
    """Whether LightGBM reads the feature as a category."""
    source = feature_field(feature)
    return source is not None and source.kind == "category"
