"""Findings about a tape, in the same words for a file and for JSON."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from features.catalogue import Field
from features.errors import Finding
from features.personal.recognition import masked
from features.wording import WORDS

SHOWN_LENGTH = 60
SHOWN_WORDS = 8
_LOOKED_AT = 4 * SHOWN_LENGTH
_LONGEST_INTEGER_BITS = 1 << 10
# Most characters of a value, by kind of field; far above any honest one.
LONGEST_TEXT: Mapping[str, int] = MappingProxyType(
    {"id": 100, "text": 1000, "category": 100}
)

TABLES_ZH: Mapping[str, str] = MappingProxyType(
    {
        "package": "资产包",
        "claims": "债权表",
        "collateral": "押品表",
        "guarantees": "保证表",
        "deals": "交易案例",
    }
)


def shortened(value: object, *, expected: bool = False) -> str:
    """A value as text of at most ``SHOWN_LENGTH`` characters on one line.

    Args:
        value: The value; what identifies a person is masked.
        expected: Whether it may be a name.
    """
    endless = isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER_BITS
    text = "a number of very many digits" if endless else str(value)
    text = text[:_LOOKED_AT].encode("utf-8", "replace").decode()
    text = masked(" ".join(text.split()), expected=expected)
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 1]}…"


def listed(words: Sequence[str], mark: str = ", ") -> str:
    """The first of some words, and a sign that there are more."""
    more = ["…"] if len(words) > SHOWN_WORDS else []
    return mark.join([*words[:SHOWN_WORDS], *more])


class Counted(int):
    """A number that wording may give a word of its own: {count:claim is|claims are}."""

    def __format__(self, spec: str) -> str:
        """The number, with the word for one of them or for several."""
        one, apart, several = spec.partition("|")
        if not apart:
            return int.__format__(self, spec)
        return f"{int(self)} {one if self == 1 else several}"


class _Words:
    """A field as the wording of a rule may mention it; worked out when it does."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self.zh = field.zh

    def __str__(self) -> str:
        return self._field.name

    @property
    def minimum(self) -> str:
        return f"{self._field.minimum:,.15g}"

    @property
    def maximum(self) -> str:
        return f"{self._field.maximum:,.15g}"

    @property
    def limit(self) -> int:
        return LONGEST_TEXT[self._field.kind]

    @property
    def values(self) -> str:
        return ", ".join(self._field.values)

    @property
    def values_zh(self) -> str:
        return "、".join(self._field.label(v, "zh") for v in self._field.values)


def _told(detail: object) -> object:
    if isinstance(detail, str):
        return masked(detail)
    return Counted(detail) if type(detail) is int else detail


def finding(
    code: str,
    *,
    table: str = "claims",
    row: int | None = None,
    field: Field | None = None,
    column: str | None = None,
    value: object = None,
    **details: object,
) -> Finding:
    """A finding in the words of its rule.

    Args:
        code: Name of the rule.
        table: Table of the tape.
        row: Row as the sender counts it.
        field: The field concerned.
        column: Header as the sender wrote it.
        value: The offending value, shortened here; personal data is never shown.
        **details: What the wording of the rule mentions beyond that.

    Raises:
        KeyError: There is no such rule, or a detail that its wording needs is absent.
    """
    english, chinese = WORDS[code]
    told = {name: _told(detail) for name, detail in details.items()}
    table = masked(table)
    facts = {
        "table": table,
        "table_zh": TABLES_ZH.get(table, table),
        "field": _Words(field) if field else None,
        **told,
    }
    hidden = value is None or (field is not None and field.personal)
    return Finding.of_masked(
        code=code,
        reason=english.format_map(facts),
        reason_zh=chinese.format_map(facts),
        table=table,
        row=row,
        field=field.name if field else None,
        column=None if column is None else masked(column),
        value=None
        if hidden
        else shortened(value, expected=field is not None and field.person),
    )
