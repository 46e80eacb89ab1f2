"""Claims priced by themselves: percentiles, curve and price, without any reasons."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

import numpy as np

from features.columns import Floats, Tables
from features.contradictions import RULES, broken_rules
from models.pricing.assumptions import DEFAULTS, Assumptions
from models.pricing.bid import PriceTerms, maximum_bid_fen
from models.pricing.claim_prices import ClaimPrices, price_claims
from models.pricing.fen import Fen, to_yuan
from models.pricing.package import SumRange, claim_percentiles, range_under_way
from models.recovery.factors import Factors, factor_groups
from models.recovery.model import RecoveryModel
from serving.cautions.valuation import UNSEEN, price_cautions
from serving.cautions.worthless import about_worth
from serving.champion import ServedModel
from serving.document import Document
from serving.figures.package import RATE_DIGITS, percentiles, rate, yuan, yuans
from serving.intake import PriceOrder
from serving.scorer import check_effort, check_size, model_figures

_EPOCH = date(1970, 1, 1)


def price_document(order: PriceOrder, served: ServedModel) -> Document:
    """The answer to an order: the same input gives the same bytes.

    The figures are those of a valuation of the same claims.

    Args:
        order: What was asked.
        served: The model.

    Raises:
        ClaimsError: The claims add up to more than any package can, or there are too
            many of them for the number of simulations.
    """
    tables, assumptions = order.tables, order.assumptions
    check_size(tables)
    check_effort(len(tables), assumptions.simulations)
    prices = price_claims(served.model, tables, assumptions)
    # Scenarios are drawn while the claims are laid out.
    drawing = _percentiles(served.model, tables, prices, assumptions)
    fen = _fen(prices)
    _, gross, cost, *_ = sums = fen.sum(axis=1).tolist()
    claims = _claims(order, prices, fen)
    cutoff = _EPOCH + timedelta(days=int(tables.claims.numbers("cutoff_date").max()))
    return {
        "model": model_figures(served),
        "assumptions": _stated(assumptions),
        "package": {
            "cutoff_date": cutoff.isoformat(),
            **_sums(len(tables), sums, prices.terms),
            "percentiles": percentiles(*drawing()),
            "expected_cash_by_month_yuan": yuans(prices.monthly_gross_fen),
            "expected_cost_by_month_yuan": yuans(prices.monthly_cost_fen),
        },
        "claims": claims,
        "warnings": [
            *price_cautions(
                served.model.record,
                cutoff,
                tables,
                prices.forecast,
                order.claim_ids,
                prices.present_value_fen,
            ),
            *about_worth(assumptions, gross, cost),
        ],
    }


def _stated(assumptions: Assumptions) -> dict[str, Any]:
    if assumptions is DEFAULTS:
        return _defaults()
    return assumptions.model_dump(mode="json")


@cache
def _defaults() -> dict[str, Any]:
    """The defaults in words of JSON, which most requests rest on."""
    return DEFAULTS.model_dump(mode="json")


def _fen(prices: ClaimPrices) -> Fen:
    """Claim, gross cash, cost, net cash, worth and bid of each, shape (amounts, n)."""
    return np.array(
        [
            prices.claim_fen,
            prices.gross_fen,
            prices.cost_fen,
            prices.net_fen,
            prices.present_value_fen,
            prices.maximum_bid_fen,
        ]
    )


def _sums(claims: int, sums: Sequence[int], terms: PriceTerms) -> dict[str, Any]:
    claim, gross, cost, net, value, _ = sums
    return {
        "claims": claims,
        "claim_yuan": yuan(claim),
        "gross_yuan": yuan(gross),
        "cost_yuan": yuan(cost),
        "net_yuan": yuan(net),
        "recovery_rate": rate(gross / claim),
        "present_value_yuan": yuan(value),
        "maximum_bid_yuan": yuan(maximum_bid_fen(value, terms)),
    }


def _percentiles(
    model: RecoveryModel, tables: Tables, prices: ClaimPrices, assumptions: Assumptions
) -> Callable[[], Iterable[Floats]]:
    """What gives gross cash and present value of the package at each percentile."""
    forecast, worth_yuan = prices.forecast, tables.claim_yuan * prices.within
    value_yuan = to_yuan(prices.present_value_fen)
    if len(tables) == 1:
        amounts = np.array([forecast.mean_rate, worth_yuan, value_yuan])
        known = forecast.points[0], *amounts[:, 0].tolist()
        return partial(claim_percentiles, *known)
    stated = assumptions.factor_correlation
    one_vintage = np.zeros(len(tables), np.int64)
    drawing = range_under_way(
        forecast.points,
        worth_yuan,
        value_yuan,
        model.record.factors if stated is None else Factors.common(stated),
        factor_groups(tables, forecast.segments, one_vintage),
        assumptions.simulations,
        assumptions.seed,
    )
    return lambda: _at_levels(drawing())


def _at_levels(found: SumRange) -> Iterable[Floats]:
    return found.gross_yuan, found.present_value_yuan


def _claims(order: PriceOrder, prices: ClaimPrices, fen: Fen) -> Any:
    """Figures of each claim, in the form that the claims came in."""
    claim, gross, cost, net, value, bid = yuans(fen)
    p10, p50, p90 = prices.quantile_rates.round(RATE_DIGITS).tolist()
    columns = {
        "claim_id": order.claim_ids,
        "segment": prices.forecast.segments.tolist(),
        "claim_yuan": claim,
        "mean_rate": prices.counted_rate.round(RATE_DIGITS).tolist(),
        "p10_rate": p10,
        "p50_rate": p50,
        "p90_rate": p90,
        "gross_yuan": gross,
        "cost_yuan": cost,
        "net_yuan": net,
        "present_value_yuan": value,
        "maximum_bid_yuan": bid,
        "expected_cash_by_quarter_yuan": yuans(prices.quarter_fen),
        "warnings": _warnings(order.tables, prices),
    }
    if order.in_columns:
        return columns
    names = tuple(columns)
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(names, row, strict=False)) for row in rows]


def _warnings(tables: Tables, prices: ClaimPrices) -> list[list[str]]:
    """Codes of what is wrong with each claim, each once."""
    rules, claims = broken_rules(tables).nonzero()
    codes = [RULES[rule].code for rule in rules.tolist()]
    unseen = [(UNSEEN, claim) for claim in prices.forecast.unseen.nonzero()[0].tolist()]
    found: dict[int, list[str]] = {}
    for code, claim in [*zip(codes, claims.tolist(), strict=True), *unseen]:
        told = found.setdefault(claim, [])
        if code not in told:
            told.append(code)
    # Most claims have none and share it: thousands of lists would be collected.
    warnings: list[list[str]] = [[]] * len(tables)
    for claim, told in found.items():
        warnings[claim] = told
    return warnings
