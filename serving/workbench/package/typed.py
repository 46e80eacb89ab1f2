"""What a reader types into a form about a package, as a question has it."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import NoReturn, Self

from features.errors import AssumptionError, Finding
from features.reading.values.text import RefusedError, parse_amount, parse_number
from serving.workbench.numbers import YUAN_OF, AmountUnit

LONGEST_SHOWN = 60
_Parsed = Callable[[str], float]


class Typed:
    """The fields of a form by name, empty ones left out.

    Amounts stand in the unit that the form itself names, so that its address means
    the same whichever unit a colleague reads it in.

    Attributes:
        unit: Of the amounts.
    """

    def __init__(self, fields: dict[str, str], unit: AmountUnit) -> None:
        """Remember what was typed.

        Args:
            fields: By name.
            unit: Of the amounts.
        """
        self._fields = fields
        self.unit = unit

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], unit: AmountUnit) -> Self:
        """From the parameters of an address.

        Args:
            pairs: Names and values.
            unit: Of amounts where the form names none.
        """
        clean = ((n, unicodedata.normalize("NFKC", v).strip()) for n, v in pairs)
        fields = {name: value for name, value in clean if value}
        named = next((u for u in YUAN_OF if u == fields.get("amounts")), unit)
        return cls(fields, named)

    def __contains__(self, name: str) -> bool:
        """Whether something was typed."""
        return name in self._fields

    def word(self, name: str) -> str | None:
        """A text as it was typed."""
        return self._fields.get(name)

    def yuan(self, name: str) -> float | None:
        """An amount in yuan.

        Raises:
            AssumptionError: It is none.
        """
        size = YUAN_OF[self.unit]
        return self._parsed(name, lambda text: parse_amount(text, size))

    def yuan_or_none(self, name: str) -> float | None:
        """An amount in yuan, to be shown again; None where it is none."""
        try:
            return self.yuan(name)
        except AssumptionError:
            return None

    def rate(self, name: str) -> float | None:
        """A percentage as a share.

        Raises:
            AssumptionError: It is none.
        """
        return self._parsed(name, lambda text: parse_number(text.rstrip("%")) / 100)

    def percent(self, name: str) -> str:
        """A percentage as a field of a form holds it."""
        return self._fields.get(name, "").rstrip("%")

    def number(self, name: str) -> float | None:
        """A plain number.

        Raises:
            AssumptionError: It is none.
        """
        return self._parsed(name, parse_number)

    def count(self, name: str) -> int | None:
        """A whole number.

        Raises:
            AssumptionError: It is none.
        """
        value = self.number(name)
        if value is not None and not value.is_integer():
            self._refuse(name)
        return None if value is None else int(value)

    def _parsed(self, name: str, parse: _Parsed) -> float | None:
        text = self._fields.get(name)
        if text is None:
            return None
        try:
            return parse(text)
        except RefusedError:
            self._refuse(name)

    def _refuse(self, name: str) -> NoReturn:
        text = self._fields[name][:LONGEST_SHOWN]
        wrong = Finding(
            "request",
            "is not a number; write it as 1234.56",
            "不是数值；请填写为 1234.56",
            field=name,
            value=text,
        )
        raise AssumptionError(wrong.sentence(), [wrong]) from None
