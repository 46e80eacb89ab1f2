"""What a reader of a valuation must know before trusting its figures."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from features import catalogue
from features.collateral.items import item_share, owned_yuan
from features.columns import Tables
from features.findings import shortened
from features.package import Floats, Package, numbers
from features.reading.ahead import cutoff_ahead
from features.segment import SEGMENT_ZH
from models.pricing.fen import Fen
from models.pricing.mandate.judgement import eligibility_findings
from models.pricing.valuation import Valuation
from models.recovery.model import Forecast, ModelRecord
from serving.cautions.caution import Caution, caution
from serving.cautions.implausible import about_old_facts, about_sizes
from serving.cautions.model import about_model, about_time
from serving.figures.eligibility import rules_date
from serving.submission import Notes, plain_finding

LOWEST_COMPLETENESS = 0.5
# An amount in doubt matters once its claim carries this much of the present value.
DOUBTED_SHARE = 0.1
DOMINANT_SHARE = 0.5
# Nobody lends a hundred times what a pledge is worth, or a hundredth: 万元 was 元.
LEAST_COVERAGE, MOST_COVERAGE = 0.01, 100.0
# Of a single claim, whose pledge may well be small or shared with others.
LEAST_OF_CLAIM, MOST_OF_CLAIM = 0.001, 1000.0
SHOWN_NAMES = 10

UNSEEN = "segment_unseen"
_NO_VALUE = "secured_without_value"
_SET_ASIDE = "set_aside"
# What comes of a word that nobody can read.
_GUESSED = "their segment is a guess", "其分类为推测"
_UNREAD = {"product": _GUESSED, "security_type": _GUESSED}
_LEFT_EMPTY = (
    "they are priced as if it were not stated; write a word of the list, value again",
    "按未填写估值；请改为可选的取值后重新估值",
)
_AMOUNTS_IN_DOUBT = ("parts_differ", "principal_above_total")


def cautions(record: ModelRecord, valuation: Valuation, notes: Notes) -> list[Caution]:
    """Everything about a whole package that weakens its figures, gravest first.

    Args:
        record: Record of the model.
        valuation: The priced package.
        notes: Notes of the reading.
    """
    return [
        *about_model(record),
        *about_time(record, valuation.package.cutoff_date),
        *_about_eligibility(valuation.package),
        *_about_payments(valuation),
        *_about_later_facts(notes),
        *about_old_facts(valuation.package),
        *_about_words(notes),
        *_about_product(valuation, notes),
        *_about_amounts(valuation, notes),
        *_about_collateral(valuation.package, notes),
        *_about_collateral_units(valuation.package.tables, valuation.package.claim_ids),
        *_about_largest(valuation.package.claim_ids, valuation.present_value_fen),
        *_about_units(valuation, notes),
        *about_sizes(valuation.package),
        *_about_segments(valuation.forecast),
        *_about_reading(notes),
    ]


def price_cautions(
    record: ModelRecord,
    cutoff: date,
    tables: Tables,
    forecast: Forecast,
    claim_ids: Sequence[str],
    value_fen: Fen,
) -> list[Caution]:
    """What weakens the figures of claims that are priced by themselves.

    Args:
        record: Record of the model.
        cutoff: Latest cut-off date of the claims.
        tables: The claims with collateral and guarantees.
        forecast: Recovery of the claims.
        claim_ids: Their identifiers.
        value_fen: Their present values, shape (n,).
    """
    return [
        *about_model(record),
        *map(plain_finding, cutoff_ahead(cutoff)),
        *about_time(record, cutoff),
        *_about_collateral_units(tables, claim_ids),
        *about_sizes(tables),
        *_about_largest(claim_ids, value_fen),
        *_about_segments(forecast),
    ]


def _about_eligibility(package: Package) -> Iterator[Caution]:
    """What nobody may buy; its worth stands beside the figures, which include it."""
    for finding in eligibility_findings(package, rules_date(package)):
        yield plain_finding(finding)


def _about_payments(valuation: Valuation) -> Iterator[Caution]:
    """What a price in parts does to the bid and its return."""
    assumed = valuation.assumptions
    if not any(p.month > 0 for p in assumed.payments):
        return
    yield caution(
        "paid_later",
        f"parts of the price are paid later and discounted at the funding rate of "
        f"{assumed.funding_rate:.1%}: the maximum bid is higher than for cash at the "
        "cut-off date, and its return differs from the target",
        f"部分价款延后支付，按融资成本率{assumed.funding_rate:.1%}折现："
        "最高报价高于基准日一次付清，其收益率不等于目标收益率",
    )
    returns = valuation.returns_at(valuation.price_yuan)
    if returns is not None and returns.irr_rate is None:
        yield caution(
            "no_single_return",
            "no return is stated: with cash before the price is paid, none or several "
            "rates fit",
            "未给出内部收益率：回款先于付款，不存在唯一的收益率",
        )


def _about_later_facts(notes: Notes) -> Iterator[Caution]:
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
            f"{_counted(len(late), 'row')} with dates after the cut-off date: these "
            "dates and what was known on them were set aside; check the cut-off date, "
            "and ask the seller for the facts as of then",
            f"{len(late)}行含基准日之后的日期：已剔除这些日期及其对应信息；"
            "请核对基准日，并向出让方索取截至基准日的信息",
        )


def _about_words(notes: Notes) -> Iterator[Caution]:
    for name, field in catalogue.fields("claims").items():
        words = _misread(notes, name)
        if not words:
            continue
        count, seen = len(words), sorted(set(words.values()))
        told, told_zh = _UNREAD.get(name, _LEFT_EMPTY)
        yield caution(
            f"{name}_not_understood",
            f"the {name} of {_counted(count, 'claim')} was not understood "
            f"({_listed(seen)}): {told}",
            f"{count}笔债权的{field.zh}无法识别（{_listed(seen, '、')}）：{told_zh}",
        )


def _misread(notes: Notes, name: str) -> dict[int, str]:
    """Words off the list of a field, by position of the claim."""
    return {
        position: warning.get("value", "")
        for position, warning in notes["claim_warnings"]
        if warning["code"] == "unknown_value" and warning.get("field") == name
    }


def _about_product(valuation: Valuation, notes: Notes) -> Iterator[Caution]:
    product = valuation.package.claims["product"]
    if product.null_count == len(product) and not _misread(notes, "product"):
        yield caution(
            "product_absent",
            "no claim states its product: segments are told from obligor and security "
            "only; add a column for the product",
            "所有债权均未注明产品：分类仅依据债务人类型和担保方式判断；请补充产品列",
        )


def _about_amounts(valuation: Valuation, notes: Notes) -> Iterator[Caution]:
    shares = _shares(valuation.present_value_fen)
    doubted = {
        position
        for position, warning in notes["claim_warnings"]
        if warning["code"] in _AMOUNTS_IN_DOUBT and shares[position] > DOUBTED_SHARE
    }
    for position in sorted(doubted):
        name = shortened(valuation.package.claim_ids[position])
        share = f"{shares[position]:.0%}"
        yield caution(
            "amount_in_doubt",
            f"claim {name} makes {share} of the present value, and its total does not "
            "agree with its parts: check its amounts before relying on the figures",
            f"债权{name}占净现值的{share}，而其合计与各部分不符：采用结果前请核对金额",
        )


def _about_collateral(package: Package, notes: Notes) -> Iterator[Caution]:
    """What nothing but a list of collateral would tell."""
    bare = [p for p, w in notes["claim_warnings"] if w["code"] == _NO_VALUE]
    owed = package.claim_yuan()
    share = float(owed[bare].sum() / owed.sum())
    if share > DOUBTED_SHARE:
        yield caution(
            "collateral_not_listed",
            f"{_counted(len(bare), 'secured claim')}, {share:.0%} of what is owed, "
            "without a value of collateral: their liquidation counts none, and "
            "scenarios of collateral prices leave them as they are; ask the seller for "
            "the list",
            f"{len(bare)}笔有抵质押的债权（占债权{share:.0%}）没有押品价值："
            "其假设清算不含押品，押品价格情景对其没有影响；请向出让方索取押品清单",
        )


def _about_collateral_units(
    tables: Tables, claim_ids: Sequence[str]
) -> Iterator[Caution]:
    """Collateral that is worth next to nothing, or far more than anybody lends on."""
    owed, worth = tables.claim_yuan, _worth_yuan(tables)
    held = worth > 0
    if not held.any():
        return
    times = float(worth[held].sum() / owed[held].sum())
    if not LEAST_COVERAGE <= times <= MOST_COVERAGE:
        yield caution(
            "collateral_unit_in_doubt",
            f"the collateral listed was appraised at {times:,.4g} times what is owed "
            "on it: check the units of both, such as 元 for 万元",
            f"所列押品评估价值为其担保债权的{times:,.4g}倍：请核对两者的单位（如元、万元）",
        )
        return
    within = (LEAST_OF_CLAIM * owed <= worth) & (worth <= MOST_OF_CLAIM * owed)
    odd = np.flatnonzero(held & ~within).tolist()
    if odd:
        names = [claim_ids[place] for place in odd]
        yield caution(
            "collateral_of_claims_in_doubt",
            f"{_counted(len(odd), 'claim')} with collateral appraised at less than a "
            f"thousandth, or more than a thousand times, of what is owed "
            f"({_listed(names)}): check the units of these rows, such as 元 for 万元",
            f"{len(odd)}笔债权的押品评估价值不足债权的千分之一或超过千倍"
            f"（{_listed(names, '、')}）：请核对这些行的单位（如元、万元）",
        )


def _worth_yuan(tables: Tables) -> Floats:
    """Appraised value of what secures each claim, listed or else stated, shape (n,)."""
    stated = np.fmax(tables.claims.numbers("collateral_value"), 0.0)
    if not len(tables.collateral):
        return stated
    shared = np.fmax(owned_yuan(tables.collateral), 0.0) * item_share(tables)
    listed = np.bincount(tables.collateral_claim, shared, len(tables))
    return np.where(listed > 0, listed, stated)


def _about_largest(claim_ids: Sequence[str], value_fen: Fen) -> Iterator[Caution]:
    if len(value_fen) == 1:
        return
    shares = _shares(value_fen)
    largest = int(shares.argmax())
    if shares[largest] > DOMINANT_SHARE:
        name = shortened(claim_ids[largest])
        share = f"{shares[largest]:.0%}"
        yield caution(
            "one_claim_dominates",
            f"claim {name} alone makes {share} of the present value: the package is "
            "worth what that claim is worth",
            f"债权{name}一笔即占净现值的{share}：资产包价值主要取决于该笔债权",
        )


def _shares(value_fen: Fen) -> Floats:
    """Share of each claim in the present value, shape (n,); 0 where none is left."""
    return value_fen / max(int(value_fen.sum()), 1)


def _about_units(valuation: Valuation, notes: Notes) -> Iterator[Caution]:
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
            f"no unit stated for {_listed(assumed)}: read as yuan (元), median "
            f"principal {median:,.2f}",
            f"{_listed(assumed, '、')}未注明单位：按元读取，"
            f"本金余额中位数{median:,.2f}元",
        )


def _about_segments(forecast: Forecast) -> Iterator[Caution]:
    if not forecast.unseen.any():
        return
    for segment in np.unique(forecast.segments[forecast.unseen]).tolist():
        count = int((forecast.segments == segment).sum())
        yield caution(
            UNSEEN,
            f"{_counted(count, 'claim')} of segment {segment}, of which the model saw "
            "too few: the range is widened and the mean is uncertain",
            f"{count}笔债权属于{SEGMENT_ZH[segment]}，模型见过的样本过少："
            "其区间已放宽，均值不可靠",
        )


def _about_reading(notes: Notes) -> Iterator[Caution]:
    rejected = len(notes["rejected_rows"])
    unmapped = [column["header"] for column in notes["unmapped_columns"]]
    completeness = float(np.mean(notes["completeness"]))
    if rejected:
        yield caution(
            "rows_rejected",
            f"{_counted(rejected, 'row')} rejected and not part of the figures",
            f"{rejected}行被拒绝，未计入结果",
        )
    if unmapped:
        yield caution(
            "columns_unmapped",
            f"{_counted(len(unmapped), 'column')} not recognised and not used: "
            f"{_listed(unmapped)}",
            f"{len(unmapped)}列未能识别，未被使用：{_listed(unmapped, '、')}",
        )
    if completeness < LOWEST_COMPLETENESS:
        yield caution(
            "completeness_low",
            f"the tape fills {completeness:.0%} of what the model reads: expect a "
            "wider error than the range shows",
            f"数据完整度为{completeness:.0%}：实际误差可能超出所示区间",
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _listed(names: Sequence[str], mark: str = ", ") -> str:
    """The first names, each cut short, and a sign that there are more."""
    shown = [shortened(name) for name in names[:SHOWN_NAMES]]
    return mark.join([*shown, *(["…"] if len(names) > SHOWN_NAMES else [])])
