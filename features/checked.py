"""Models of what people state beside a tape: each wrong value refused in two languages.

Fields that a dictionary holds are checked as strictly as JSON allows; a wrong one is
named by where it stands, in the words that every door repeats.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from features.errors import AssumptionError, Finding
from features.findings import shortened

_MOMENT = (
    "is no moment; write it as 2025-06-30T12:00:00Z, or as 2025-06-30T20:00:00+08:00 "
    "with %2B for + in an address",
    "不是时间；请写作 2025-06-30T12:00:00Z，或 2025-06-30T20:00:00+08:00"
    "（网址中的 + 写作 %2B）",
)
# What is wrong with a value, by pydantic's name of the rule it breaks.
_RULES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "missing": ("is needed; state it", "必填；请补充"),
        "extra_forbidden": ("there is no such field; remove it", "没有该字段；请删除"),
        "stated_twice": ("is stated twice; state it once", "重复填写；请只填一次"),
        "float_type": ("must be a number", "必须为数值"),
        "int_type": ("must be a whole number", "必须为整数"),
        "bool_type": ("must be true or false", "必须为true或false"),
        "string_type": ("must be text", "必须为文本"),
        "dict_type": ("must be an object of fields", "必须为字段对象"),
        "model_type": ("must be an object of fields", "必须为字段对象"),
        "list_type": ("must be a list", "必须为列表"),
        "tuple_type": ("must be a list", "必须为列表"),
        "date_type": ("must be a date such as 2025-12-31", "必须为日期，如2025-12-31"),
        "date_from_datetime_parsing": (
            "must be a date such as 2025-12-31",
            "必须为日期，如2025-12-31",
        ),
        "date_parsing": (
            "must be a date such as 2025-12-31",
            "必须为日期，如2025-12-31",
        ),
        "datetime_from_date_parsing": _MOMENT,
        "datetime_parsing": _MOMENT,
        "literal_error": ("must be one of {expected}", "必须为以下之一：{expected}"),
        "decimal_parsing": ("must be a number", "必须为数值"),
        "int_parsing": ("must be a whole number", "必须为整数"),
        "int_parsing_size": ("has too many digits", "位数过多"),
        "bool_parsing": ("must be 1 or 0", "必须为1或0"),
        "finite_number": ("must be a finite number", "必须为有限数值"),
        "greater_than": ("must be above {bound}", "必须大于{bound}"),
        "greater_than_equal": ("must be at least {bound}", "不得小于{bound}"),
        "less_than": ("must be below {bound}", "必须小于{bound}"),
        "less_than_equal": ("must be at most {bound}", "不得大于{bound}"),
        "too_short": (
            "must hold {min_length} or more entries",
            "至少需要{min_length}项",
        ),
        "too_long": ("must hold at most {max_length} entries", "最多{max_length}项"),
        "string_too_short": (
            "must hold {min_length} or more characters",
            "至少需要{min_length}个字符",
        ),
        "string_too_long": (
            "must hold at most {max_length} characters",
            "最多{max_length}个字符",
        ),
        "string_pattern_mismatch": (
            "must have the form {pattern}",
            "必须符合格式{pattern}",
        ),
        "union_tag_invalid": (
            "{discriminator} must be one of {expected_tags}",
            "{discriminator}必须为以下之一：{expected_tags}",
        ),
        "union_tag_not_found": (
            "{discriminator} is needed; state it",
            "{discriminator}必填；请补充",
        ),
    }
)


# Where pydantic keeps the bound of a rule.
_BOUNDS: Mapping[str, str] = MappingProxyType(
    {
        "greater_than": "gt",
        "greater_than_equal": "ge",
        "less_than": "lt",
        "less_than_equal": "le",
    }
)


@dataclass(frozen=True)
class BoundFinding(Finding):
    """A number beyond its bound, which a form says in the unit of its own field.

    Attributes:
        words: What is wrong in English and Chinese, with a place for the ``bound``.
        bound: In the unit of the field as it is kept.
    """

    words: tuple[str, str] = ("", "")
    bound: float = 0.0


class Checked(BaseModel):
    """Base of request models, whose validation errors become findings.

    A ``ValueError`` of a validator is shown as it is; one that holds both languages,
    English first, parts them by `` | ``.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False
    )

    @classmethod
    def of(
        cls, given: Mapping[str, Any] | None = None, table: str = "assumptions"
    ) -> Self:
        """Validate what was stated; defaults stand in for what was not.

        Args:
            given: Fields by name, as JSON has them.
            table: What the fields are called in a message.

        Raises:
            AssumptionError: A field is unknown, missing, of a wrong type or out of
                bounds; one finding for each.
        """
        try:
            return cls.model_validate(dict(given or {}))
        except ValidationError as error:
            findings = [_finding(e, table) for e in _own_errors(error)]
            of, of_zh = table or "fields", "假设" if table == "assumptions" else "字段"
            raise AssumptionError(
                f"{len(findings)} of the {of} cannot be used",
                findings,
                f"{len(findings)}项{of_zh}无法采用",
            ) from None


def stated(default: Any, en: str, zh: str, **bounds: Any) -> Any:
    """A pydantic field that is described in English and Chinese.

    Args:
        default: Its default; ``...`` where it must be stated.
        en: Meaning in English.
        zh: Meaning in Chinese.
        **bounds: What pydantic's ``Field`` takes beside, such as ``ge`` and ``le``.
    """
    return Field(
        default, description=en, json_schema_extra={"description_zh": zh}, **bounds
    )


def _own_errors(error: ValidationError) -> list[ErrorDetails]:
    """What is wrong, without lists that are short only of their own wrong entries."""
    found = error.errors()
    within = {e["loc"][:depth] for e in found for depth in range(len(e["loc"]))}
    return [e for e in found if e["type"] != "too_short" or e["loc"] not in within]


def _finding(error: ErrorDetails, table: str) -> Finding:
    english, chinese = words_of(error)
    where = "/".join(str(part) for part in error["loc"])
    missing = error["type"] == "missing"
    facts: dict[str, Any] = {
        "code": "assumption" if table == "assumptions" else "request",
        "reason": english,
        "reason_zh": chinese,
        "table": table,
        "field": where or None,
        "value": None if missing else shortened(error["input"]),
    }
    bound = _bound(error)
    if bound is None:
        return Finding(**facts)
    return BoundFinding(**facts, words=_RULES[error["type"]], bound=bound)


def _stated_bound(error: ErrorDetails) -> Any:
    """A bound as it was declared, whole where it is a whole number."""
    bound = error.get("ctx", {}).get(_BOUNDS.get(error["type"], ""))
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound


def _bound(error: ErrorDetails) -> float | None:
    """The bound that a number breaks; none of a rule of another kind."""
    bound = _stated_bound(error)
    return float(bound) if isinstance(bound, int | float | Decimal) else None


def words_of(error: ErrorDetails) -> tuple[str, str]:
    """A validation error of pydantic in our own words, in English and Chinese."""
    context = error.get("ctx", {}) | {"bound": _stated_bound(error)}
    if error["type"] == "value_error":
        english, _, chinese = str(context["error"]).partition(" | ")
        return english, chinese or english
    english, chinese = _RULES.get(error["type"], (error["msg"], "取值无效"))
    # Pydantic lists what is allowed in English: 'a', 'b' or 'c'.
    listed = {
        name: value.replace(", ", "、").replace(" or ", "或")
        for name, value in context.items()
        if name in ("expected", "expected_tags")
    }
    return english.format_map(context), chinese.format_map(context | listed)
