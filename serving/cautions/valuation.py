"""What a reader of a valuation must know before trusting its figures."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from features.columns import Tables
from features.findings import shortened
from features.package import Floats, Package
from features.reading.ahead import cutoff_ahead
from features.segment import SEGMENT_ZH
from models.pricing.fen import Fen
from models.pricing.mandate.judgement import eligibility_findings
from models.pricing.valuation import Valuation
from models.recovery.model import Forecast, ModelRecord
from serving.cautions.caution import DOUBTED_SHARE, Caution, caution, counted
from serving.cautions.collateral import (
    about_collateral,
    about_collateral_units,
    about_items,
)
from serving.cautions.implausible import about_old_facts, about_sizes
from serving.cautions.model import about_model, about_time
from serving.cautions.provinces import about_provinces
from serving.cautions.reading import (
    about_later_facts,
    about_product,
    about_reading,
    about_units,
    about_words,
)
from serving.cautions.unlike import about_unlike
from serving.cautions.worthless import about_worth
from serving.figures.eligibility import rules_date
from serving.submission import Notes, plain_finding

DOMINANT_SHARE = 0.5

UNSEEN = "segment_unseen"
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
        *_about_worth(valuation),
        *about_later_facts(notes),
        *about_old_facts(valuation.package),
        *about_words(notes),
        *about_product(valuation, notes),
        *_about_amounts(valuation, notes),
        *about_collateral(valuation.package, notes),
        *about_items(valuation.package, notes),
        *about_collateral_units(valuation.package.tables, valuation.package.claim_ids),
        *_about_largest(valuation.package.claim_ids, valuation.present_value_fen),
        *about_units(valuation, notes),
        *about_sizes(valuation.package),
        *_about_segments(valuation.forecast),
        *about_unlike(record, valuation.package.tables, valuation.forecast.segments),
        *about_provinces(record, valuation.package.tables),
        *about_reading(notes),
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
        *about_collateral_units(tables, claim_ids),
        *about_sizes(tables),
        *_about_largest(claim_ids, value_fen),
        *_about_segments(forecast),
        *about_unlike(record, tables, forecast.segments),
        *about_provinces(record, tables),
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


def _about_worth(valuation: Valuation) -> Iterator[Caution]:
    gross, cost = valuation.cash_flow.gross_fen, valuation.cash_flow.cost_fen
    yield from about_worth(valuation.assumptions, int(gross.sum()), int(cost.sum()))


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


def _about_segments(forecast: Forecast) -> Iterator[Caution]:
    if not forecast.unseen.any():
        return
    for segment in np.unique(forecast.segments[forecast.unseen]).tolist():
        count = int((forecast.segments == segment).sum())
        yield caution(
            UNSEEN,
            f"{counted(count, 'claim')} of segment {segment}, of which the model saw "
            "too few: the range is widened and the mean is uncertain",
            f"{count}笔债权属于{SEGMENT_ZH[segment]}，模型见过的样本过少："
            "其区间已放宽，均值不可靠",
        )
