"""What a cell of a form accepts, and how it says so, in the words of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from features import catalogue
from features.catalogue import Field, Language
from features.reading.values.text import EARLIEST, LATEST

Wording = Literal["zh", "en", "both"]
_YES_NO: Mapping[Language, list[str]] = {"zh": ["是", "否"], "en": ["yes", "no"]}
_KINDS: Mapping[str, tuple[str, str]] = {
    "id": ("编号（文本）", "identifier as text"),
    "text": ("文本", "text"),
    "category": ("从列表选择", "from the list"),
    "money": ("金额（元）", "yuan"),
    "number": ("数字", "number"),
    "integer": ("整数", "whole number"),
    "boolean": ("是/否", "yes or no"),
    "date": ("日期 2021-03-05", "date 2021-03-05"),
}
# Excel shows no more of a hint.
_TITLE_LENGTH, _MESSAGE_LENGTH = 32, 255
_LEAST_FEN = 0.01
_SERIAL_ZERO = date(1899, 12, 30)


@dataclass(frozen=True)
class Limits:
    """What the values of a column are held against, as references of Excel.

    Attributes:
        cutoff: Cell of the cut-off date; none for a field of the package.
        ids: Cells of the identifiers of claims.
        first: First cell of the column.
        unique: Whether the column is that of the identifiers itself.
    """

    cutoff: str | None = None
    ids: str = ""
    first: str = ""
    unique: bool = False


def header(field: Field, wording: Wording) -> str:
    """The header of a field, which says its unit and whether it must be filled in."""
    if wording == "en":
        return f"{field.name}{' (required)' if field.required else ''}"
    unit = "（元）" if field.kind == "money" else ""
    name = field.zh if wording == "zh" else f"{field.zh}\n{field.name}"
    return f"{name}{unit}{'（必填）' if field.required else ''}"


def words_of(field: Field, wording: Wording) -> Sequence[str]:
    """The words to choose from; none where anything may be written."""
    language: Language = "en" if wording == "en" else "zh"
    if field.kind == "boolean":
        return _YES_NO[language]
    return [field.label(value, language) for value in field.values]


def meaning(field: Field, language: Language) -> str:
    """What a field means."""
    return field.meaning_zh if language == "zh" else field.en


def kind_of(field: Field, language: Language) -> str:
    """What is to be written, with its bounds where it has any."""
    zh, en = _KINDS[field.kind]
    low, high = _bounds(field)
    if high is None:
        return zh if language == "zh" else en
    if language == "zh":
        return f"{zh}，{low:,.15g}至{high:,.15g}"
    return f"{en}, {low:,.15g} to {high:,.15g}"


def hint(field: Field, wording: Wording) -> dict[str, Any]:
    """What a cell says when it is chosen, and when it refuses a value."""
    title = (field.name if wording == "en" else field.zh)[:_TITLE_LENGTH]
    languages: Sequence[Language] = ("zh", "en") if wording == "both" else (wording,)
    longest = _MESSAGE_LENGTH // len(languages) - 1
    told = [f"{meaning(field, x)} [{kind_of(field, x)}]" for x in languages]
    refused = [_refusal(field, x) for x in languages]
    return {
        "input_title": title,
        "input_message": "\n".join(text[:longest] for text in told),
        "error_title": title,
        "error_message": "\n".join(text[:longest] for text in refused),
    }


def _refusal(field: Field, language: Language) -> str:
    kind = kind_of(field, language)
    if field.name == "claim_id":
        if language == "zh":
            return "债权编号在债权表中不得重复；押品与保证的债权编号须在债权表中。"
        return "A claim id stands once among the claims; items name one of those."
    if language == "zh":
        late = "，不晚于交易基准日" if _is_past(field) else ""
        return f"请填写：{kind}{late}。"
    late = ", not after the cut-off date" if _is_past(field) else ""
    return f"Enter: {kind}{late}."


def rule(field: Field, source: str | None, limits: Limits) -> dict[str, Any]:
    """What a cell accepts.

    Args:
        field: Its field.
        source: Reference to the words to choose from, if there are any.
        limits: What its column is held against.
    """
    if source is not None:
        kind = "information" if field.open else "stop"
        return {"validate": "list", "source": source, "error_type": kind}
    if field.kind == "date":
        return _between("date", EARLIEST, _latest(field, limits))
    if field.kind in catalogue.NUMERIC_KINDS:
        kind = "integer" if field.kind == "integer" else "decimal"
        low, high = _bounds(field)
        return {"validate": "any"} if high is None else _between(kind, low, high)
    if field.name == "claim_id":
        return {"validate": "custom", "value": _known_once(limits)}
    return {"validate": "any"}


def _known_once(limits: Limits) -> str:
    """Exact, for Excel's own comparisons take 001 for 1."""
    wanted = "=1" if limits.unique else ">0"
    return f"=SUMPRODUCT(--EXACT({limits.ids},{limits.first})){wanted}"


def _latest(field: Field, limits: Limits) -> date | str:
    if limits.cutoff is None or not _is_past(field):
        return LATEST
    last = (LATEST - _SERIAL_ZERO).days
    return f"=IF(ISNUMBER({limits.cutoff}),{limits.cutoff},{last})"


def _is_past(field: Field) -> bool:
    return (
        field.kind == "date" and not field.after_cutoff and field.name != "cutoff_date"
    )


def _bounds(field: Field) -> tuple[float, float | None]:
    if field.kind not in catalogue.NUMERIC_KINDS:
        return 0, None
    least = _LEAST_FEN if field.positive else 0
    return (least if field.minimum is None else field.minimum), field.maximum


def _between(
    kind: str, least: float | date, most: float | date | str
) -> dict[str, Any]:
    return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}
