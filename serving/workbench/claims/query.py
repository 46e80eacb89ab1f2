"""What a reader asks of a table of claims, as it stands in the address of the view."""

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field

from features.checked import Checked, stated
from models.pricing.fen import FEN_PER_YUAN
from serving.lines import FACTS
from serving.workbench.claims.columns import (
    CHOICES,
    COLUMNS,
    DEFAULT_COLUMNS,
    GROUP_SORTS,
    GROUPINGS,
)
from serving.workbench.numbers import YUAN_OF, AmountUnit

Pair = tuple[str, str]
SIZES = (25, 50, 100, 200, 500)
DEFAULT_SORT = "-claim"
LONGEST = 100
MOST_CHOSEN = 200
LARGEST = Decimal(10) ** 13
_LARGEST_FEN = 2**62


def _one_of(known: Iterable[object]) -> Any:
    """A validator that refuses everything else, in both languages."""
    allowed = tuple(dict.fromkeys(known))
    listed = ", ".join(str(each) for each in allowed if each)

    def check(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"must be one of {listed} | 必须为以下之一：{listed}")
        return value

    return check


def _typed(text: object) -> object:
    """A number as people type it: 1,234.5 and 12% too."""
    return text.replace(",", "").strip(" %") if isinstance(text, str) else text


_known_sort = _one_of((*COLUMNS, *GROUP_SORTS))


def _sortable(sort: str) -> str:
    _known_sort(sort.removeprefix("-"))
    return sort


def _unless_usual(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Nothing for the columns that are shown anyway, so that addresses stay short."""
    return () if set(columns) == set(DEFAULT_COLUMNS) else columns


Text = Annotated[str, Field(max_length=LONGEST)]
Texts = Annotated[tuple[Text, ...], Field(max_length=MOST_CHOSEN, strict=False)]
_Bounded = Annotated[Decimal, Field(strict=False, ge=-LARGEST, le=LARGEST)]
Limit = Annotated[_Bounded | None, BeforeValidator(_typed)]
Fact = Annotated[str, AfterValidator(_one_of(FACTS))]
Facts = Annotated[tuple[Fact, ...], Field(strict=False)]
ColumnName = Annotated[str, AfterValidator(_one_of(CHOICES))]
Columns = Annotated[
    tuple[ColumnName, ...], AfterValidator(_unless_usual), Field(strict=False)
]


class ClaimsQuery(Checked):
    """Which claims of a valuation are shown and how: all that an address says.

    Limits of rates are percentages, those of amounts in the unit ``amounts``.
    """

    q: Text = stated("", "Part of the id of a claim or an obligor.", "编号的一部分。")
    segment: Texts = stated((), "Segments.", "分类。")
    product: Texts = stated((), "Products.", "产品。")
    security_type: Texts = stated((), "Kinds of security.", "担保方式。")
    province: Texts = stated((), "Provinces.", "省份。")
    legal_stage: Texts = stated((), "Legal stages.", "诉讼状态。")
    five_class: Texts = stated((), "Five-grade classes.", "五级分类。")
    obligor_id: Texts = stated((), "Obligors.", "债务人编号。")
    group_id: Texts = stated((), "Groups of obligors.", "集团编号。")
    missing: Facts = stated((), "Facts that are left out.", "未填写的字段。")
    warned: bool = stated(False, "Only with warnings.", "仅有提示者。", strict=False)
    amounts: AmountUnit = stated("yuan", "Unit of the limits.", "限额单位。")
    claim_from: Limit = stated(None, "Least claim.", "债权下限。")
    claim_to: Limit = stated(None, "Largest claim.", "债权上限。")
    value_from: Limit = stated(None, "Least present value.", "净现值下限。")
    value_to: Limit = stated(None, "Largest present value.", "净现值上限。")
    rate_from: Limit = stated(None, "Least recovery rate.", "回收率下限。")
    rate_to: Limit = stated(None, "Largest recovery rate.", "回收率上限。")
    complete_from: Limit = stated(None, "Least completeness.", "完整度下限。")
    complete_to: Limit = stated(None, "Largest completeness.", "完整度上限。")
    overdue_from: Limit = stated(None, "Least days past due.", "逾期天数下限。")
    overdue_to: Limit = stated(None, "Most days past due.", "逾期天数上限。")
    sort: Annotated[str, AfterValidator(_sortable)] = stated(
        DEFAULT_SORT, "Column; - before it: descending.", "排序列，前加-为降序。"
    )
    page: int = stated(1, "Page, from 1.", "页码。", strict=False, ge=1, le=10**6)
    size: Annotated[int, AfterValidator(_one_of(SIZES))] = stated(
        50, "Claims on a page.", "每页笔数。", strict=False
    )
    column: Columns = stated((), "Columns; the usual when absent.", "显示的列。")
    group: Annotated[str, AfterValidator(_one_of(("", *GROUPINGS)))] = stated(
        "", "By what claims are summed up.", "汇总方式。"
    )

    @classmethod
    def of_pairs(cls, pairs: Iterable[Pair]) -> Self:
        """The query of an address; fields that a form left empty are left out.

        Raises:
            AssumptionError: A parameter is unknown or its value cannot be used.
        """
        given: dict[str, Any] = {}
        for name, value in pairs:
            if value != "":
                lists = isinstance(cls._default(name), tuple)
                given[name] = [*given.get(name, ()), value] if lists else value
        return cls.of(given, "")

    @classmethod
    def _default(cls, name: str) -> object:
        field = cls.model_fields.get(name)
        return None if field is None else field.default

    def pairs(self) -> Iterator[Pair]:
        """The query as an address states it: only what differs from the defaults."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value != self._default(name):
                values = value if isinstance(value, tuple) else (value,)
                yield from ((name, _text(each)) for each in values)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns shown, in the order of the catalogue of columns."""
        chosen = self.column or DEFAULT_COLUMNS
        return tuple(name for name in CHOICES if name in chosen)

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")

    @property
    def sort_column(self) -> str:
        """Name of the column by which lines are sorted."""
        return self.sort.removeprefix("-")

    def limit(self, name: str, unit: AmountUnit) -> str:
        """A limit as a form shows it, an amount in the unit of its reader."""
        value: Decimal | None = getattr(self, name)
        if value is None:
            return ""
        if name.startswith(("claim", "value")):
            value = value * Decimal(YUAN_OF[self.amounts]) / Decimal(YUAN_OF[unit])
        return _text(value)

    def ranges(self) -> Iterator[tuple[str, float | None, float | None]]:
        """Columns of the lines with their least and largest value, in their units."""
        fen = Decimal(YUAN_OF[self.amounts]) * FEN_PER_YUAN
        yield "claim_fen", *_whole(self.claim_from, self.claim_to, fen)
        yield "present_value_fen", *_whole(self.value_from, self.value_to, fen)
        yield "mean_rate", *_shares(self.rate_from, self.rate_to)
        yield "completeness_rate", *_shares(self.complete_from, self.complete_to)
        yield "days_past_due", *_whole(self.overdue_from, self.overdue_to, Decimal(1))


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "1" if value is True else str(value)


def _whole(
    low: Decimal | None, high: Decimal | None, size: Decimal
) -> tuple[int | None, int | None]:
    """Limits in whole units: what lies within these lies within those stated."""
    return (
        None if low is None else max(math.ceil(low * size), -_LARGEST_FEN),
        None if high is None else min(math.floor(high * size), _LARGEST_FEN),
    )


def _shares(
    low: Decimal | None, high: Decimal | None
) -> tuple[float | None, float | None]:
    """Percentages as shares."""
    first, last = (None if p is None else float(p / 100) for p in (low, high))
    return first, last
