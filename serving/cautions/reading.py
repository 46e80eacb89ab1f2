"""What of the reading of a tape weakens its valuation: words, units, rows left out."""

from collections.abc import Iterator

import numpy as np

from features import catalogue
from features.package import numbers
from models.pricing.valuation import Valuation
from serving.cautions.caution import Caution, caution, counted, listed
from serving.submission import Notes

LOWEST_COMPLETENESS = 0.5

_SET_ASIDE = "set_aside"
# What comes of a word that nobody can read.
_GUESSED = "their segment is a guess", "其分类为推测"
_UNREAD = {"product": _GUESSED, "security_type": _GUESSED}
_LEFT_EMPTY = (
    "they are priced as if it were not stated; write a word of the list, value again",
    "按未填写估值；请改为可选的取值后重新估值",
)


def about_later_facts(notes: Notes) -> Iterator[Caution]:
    """Dates after the cut-off date: the tape may be of a later day than it says."""
    warned = (warning for _, warning in notes["claim_warnings"])
    late = {
        (warning["table"], warning["row"])
        for warning in (*warned, *notes["warnings"])
        if warning["code"] == _SET_ASIDE
    }
    if late:
        yield caution(
            "later_facts_set_aside",
            f"{counted(len(late), 'row')} with dates after the cut-off date: these "
            "dates and what was known on them were set aside; check the cut-off date, "
            "and ask the seller for the facts as of then",
            f"{len(late)}行含基准日之后的日期：已剔除这些日期及其对应信息；"
            "请核对基准日，并向出让方索取截至基准日的信息",
        )


def about_words(notes: Notes) -> Iterator[Caution]:
    """Words of claims that are on no list, field by field."""
    for name, field in catalogue.fields("claims").items():
        words = _misread(notes, name)
        if not words:
            continue
        count, seen = len(words), sorted(set(words.values()))
        told, told_zh = _UNREAD.get(name, _LEFT_EMPTY)
        yield caution(
            f"{name}_not_understood",
            f"the {name} of {counted(count, 'claim')} was not understood "
            f"({listed(seen)}): {told}",
            f"{count}笔债权的{field.zh}无法识别（{listed(seen, '、')}）：{told_zh}",
        )


def _misread(notes: Notes, name: str) -> dict[int, str]:
    """Words off the list of a field, by position of the claim."""
    return {
        position: warning.get("value", "")
        for position, warning in notes["claim_warnings"]
        if warning["code"] == "unknown_value" and warning.get("field") == name
    }


def about_product(valuation: Valuation, notes: Notes) -> Iterator[Caution]:
    """A tape that says nowhere what its claims are."""
    product = valuation.package.claims["product"]
    if product.null_count == len(product) and not _misread(notes, "product"):
        yield caution(
            "product_absent",
            "no claim states its product: segments are told from obligor and security "
            "only; add a column for the product",
            "所有债权均未注明产品：分类仅依据债务人类型和担保方式判断；请补充产品列",
        )


def about_units(valuation: Valuation, notes: Notes) -> Iterator[Caution]:
    """Amounts that nothing says the unit of."""
    # A canonical name states its unit: the catalogue defines it in yuan.
    assumed = [
        column["header"]
        for column in notes["columns"]
        if column["unit"] == "元"
        and not column["unit_stated"]
        and column["header"] != column["field"]
    ]
    if assumed:
        median = float(np.median(numbers(valuation.package.claims, "principal")))
        yield caution(
            "unit_assumed_yuan",
            f"no unit stated for {listed(assumed)}: read as yuan (元), median "
            f"principal {median:,.2f}",
            f"{listed(assumed, '、')}未注明单位：按元读取，"
            f"本金余额中位数{median:,.2f}元",
        )


def about_reading(notes: Notes) -> Iterator[Caution]:
    """Rows and columns that were left out, and how little was filled in."""
    rejected = len(notes["rejected_rows"])
    unmapped = [column["header"] for column in notes["unmapped_columns"]]
    completeness = float(np.mean(notes["completeness"]))
    if rejected:
        yield caution(
            "rows_rejected",
            f"{counted(rejected, 'row')} rejected and not part of the figures",
            f"{rejected}行被拒绝，未计入结果",
        )
    if unmapped:
        yield caution(
            "columns_unmapped",
            f"{counted(len(unmapped), 'column')} not recognised and not used: "
            f"{listed(unmapped)}",
            f"{len(unmapped)}列未能识别，未被使用：{listed(unmapped, '、')}",
        )
    if completeness < LOWEST_COMPLETENESS:
        yield caution(
            "completeness_low",
            f"the tape fills {completeness:.0%} of what the model reads: expect a "
            "wider error than the range shows",
            f"数据完整度为{completeness:.0%}：实际误差可能超出所示区间",
        )
