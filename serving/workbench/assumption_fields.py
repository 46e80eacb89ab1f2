"""Assumptions of a valuation as fields of a form, in the units people think in.

Rates are shown in per cent and amounts in the reader's unit; decimals are exact, so
that a value comes back as it was typed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from features.errors import Finding, InputError
from models.pricing.assumptions import Assumptions
from serving.scorer import check_effort
from serving.workbench.findings import reason_of
from serving.workbench.numbers import Measure, measure_of, per_shown
from serving.workbench.view import View

# What a committee asks for first; everything else stands behind it.
MAIN = ("target_return_rate", "horizon_months", "price_yuan", "simulations")
PAYMENTS = "payments"
_EMPTY_PAYMENTS = 3
_LAST_MONTH = 1_000
_LONGEST_NUMBER = 40
Kind = Measure | Literal["whole"]


@dataclass(frozen=True)
class NumberField:
    """One assumption that is a number.

    Attributes:
        name: Its name.
        kind: How it is written.
        per_shown: What one of the unit in which it is shown comes to.
        info: Its declaration.
    """

    name: str
    kind: Kind
    per_shown: Decimal
    info: FieldInfo

    @classmethod
    def of(cls, name: str, info: FieldInfo, view: View) -> "NumberField":
        """The field of an assumption."""
        if int in (info.annotation, *get_args(info.annotation)):
            return cls(name, "whole", Decimal(1), info)
        kind = measure_of(name)
        return cls(name, kind, per_shown(kind, view.unit), info)

    @property
    def optional(self) -> bool:
        """Whether it may be left empty."""
        return self.info.default is None

    def written(self, value: float | None) -> str:
        """A value as the form shows it."""
        if value is None:
            return ""
        shown = Decimal(repr(value)) / self.per_shown
        return f"{shown.normalize():f}"

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """Least and greatest value, in the unit in which it is shown."""
        least, most = (
            next(
                (
                    getattr(m, n)
                    for m in self.info.metadata
                    for n in names
                    if hasattr(m, n)
                ),
                None,
            )
            for names in (("ge", "gt"), ("le", "lt"))
        )
        return self._shown(least), self._shown(most)

    def _shown(self, bound: float | None) -> Decimal | None:
        return None if bound is None else Decimal(repr(bound)) / self.per_shown

    def read(self, text: str, view: View) -> "float | int | Fault | None":
        """The value that was typed, or what is wrong with it; None where empty."""
        if not text.strip() and self.optional:
            return None
        shown = _number(text)
        if shown is None:
            return Fault(view.text("assumptions.not_number"))
        if self.kind == "whole" and shown != shown.to_integral_value():
            return Fault(view.text("assumptions.not_whole"))
        least, most = self.bounds()
        if (least is not None and shown < least) or (most is not None and shown > most):
            return Fault(view.text("assumptions.out_of_range", **self._ends()))
        value = shown * self.per_shown
        return int(value) if self.kind == "whole" else float(value)

    def range(self, view: View) -> str:
        """Its bounds in words."""
        return view.text("assumptions.range", **self._ends())

    def _ends(self) -> dict[str, str]:
        ends = ("" if b is None else f"{b.normalize():,f}" for b in self.bounds())
        return dict(zip(("least", "most"), ends, strict=True))


@dataclass(frozen=True)
class Fault:
    """What is wrong with something that was typed.

    Attributes:
        reason: What and how to mend it, in the reader's language.
    """

    reason: str


@dataclass(frozen=True)
class ShownField:
    """An assumption as the page shows it.

    Attributes:
        name: Its name.
        kind: How it is written.
        value: What stands in its field.
        usual: Its default as it would stand there.
        range: Its bounds in words.
        why: What it means and why its default is what it is.
        fault: What is wrong with the value.
    """

    name: str
    kind: Kind
    value: str
    usual: str
    range: str
    why: str
    fault: str | None


@dataclass(frozen=True)
class Typed:
    """What a form says of the assumptions.

    Attributes:
        texts: What was typed in each field.
        payments: Month and share in per cent of each payment, as typed.
        stated: Assumptions that differ from their defaults.
        faults: What is wrong, by field.
    """

    texts: Mapping[str, str]
    payments: Sequence[tuple[str, str]]
    stated: Mapping[str, Any]
    faults: Mapping[str, Fault]


def number_fields(view: View) -> list[NumberField]:
    """Every assumption that is a number, the main ones first."""
    declared = Assumptions.model_fields
    order = [*MAIN, *(n for n in declared if n not in (*MAIN, PAYMENTS))]
    return [NumberField.of(name, declared[name], view) for name in order]


def kept(stated: Mapping[str, Any], view: View) -> Typed:
    """Assumptions that were made before, as if they had been typed."""
    texts = {
        field.name: field.written(stated.get(field.name, field.info.default))
        for field in number_fields(view)
    }
    payments = [
        (str(p["month"]), f"{(Decimal(repr(p['share_rate'])) * 100).normalize():f}")
        for p in stated.get(PAYMENTS, ())
    ]
    return Typed(texts, payments, stated, {})


def typed(form: FormData, claims: int, view: View) -> Typed:
    """What was typed, read and checked.

    Args:
        form: The form.
        claims: Number of claims that are to be valued.
        view: Whose language and unit it is in.
    """
    texts = {f.name: str(form.get(f.name, "")) for f in number_fields(view)}
    months, shares = (map(str, form.getlist(n)) for n in ("month", "share"))
    payments = [p for p in zip(months, shares, strict=False) if "".join(p).strip()]
    read = {f.name: f.read(texts[f.name], view) for f in number_fields(view)}
    faults = {name: value for name, value in read.items() if isinstance(value, Fault)}
    stated = {n: v for n, v in read.items() if n not in faults and v != _default(n)}
    paid = _payments(payments, view)
    if isinstance(paid, Fault):
        faults[PAYMENTS] = paid
    else:
        stated |= paid
    return Typed(texts, payments, stated, {**_refused(stated, claims, view), **faults})


def shown_fields(state: Typed, view: View) -> list[ShownField]:
    """The fields of the form, the main ones first."""
    return [_shown_field(field, state, view) for field in number_fields(view)]


def payment_rows(state: Typed) -> list[tuple[str, str]]:
    """The payments, and some empty ones to add to them."""
    return [*state.payments, *[("", "")] * _EMPTY_PAYMENTS]


def _shown_field(field: NumberField, state: Typed, view: View) -> ShownField:
    extra: Any = field.info.json_schema_extra
    english = field.info.description or ""
    fault = state.faults.get(field.name)
    return ShownField(
        field.name,
        field.kind,
        state.texts[field.name],
        field.written(field.info.default),
        field.range(view),
        extra["description_zh"] if view.language == "zh" else english,
        fault.reason if fault else None,
    )


def _default(name: str) -> Any:
    return Assumptions.model_fields[name].default


def _number(text: str) -> Decimal | None:
    """A finite number with or without thousands apart and a per cent sign."""
    typed = re.sub(r"[,，\s]|[%％]\s*$", "", text[: _LONGEST_NUMBER + 1])
    try:
        number = Decimal(typed) if len(typed) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _payments(rows: Sequence[tuple[str, str]], view: View) -> dict[str, Any] | Fault:
    """The payments as JSON states them, or what is wrong with them."""
    payments = []
    for row in rows:
        month, share = map(_number, row)
        if month is None or share is None or month > _LAST_MONTH:
            return Fault(view.text("assumptions.not_payments"))
        whole = month == month.to_integral_value()
        payments.append(
            {
                "month": int(month) if whole else float(month),
                "share_rate": float(share / 100),
            }
        )
    return {PAYMENTS: payments} if payments else {}


def _refused(stated: Mapping[str, Any], claims: int, view: View) -> dict[str, Fault]:
    """What is wrong with assumptions together, by the field at which it is shown."""
    try:
        check_effort(claims, Assumptions.of(stated).simulations)
    except InputError as refusal:
        return dict(_placed(refusal.findings, view))
    return {}


def _placed(findings: Sequence[Finding], view: View) -> Iterator[tuple[str, Fault]]:
    for finding in findings:
        name = (finding.field or PAYMENTS).partition("/")[0]
        yield name, Fault(reason_of(finding, view, view.unit))
