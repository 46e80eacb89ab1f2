"""What an answer says of a package beside past deals."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np

from features import catalogue
from features.deals import TABLE
from features.package import Package, numbers
from models.pricing.comparables.classes import DealClass
from models.pricing.comparables.comparison import Comparison, Found
from models.pricing.comparables.declared import Comparables, declared
from models.pricing.comparables.facts import Subject
from serving.figures.package import known_rate, rate

Figures = dict[str, Any]

# Facts that are no field of a deal, with the fields they are made of.
_TITLES: Mapping[str, tuple[str, str]] = {
    "years": ("deal date", "交易日期"),
    "value_rate": ("own value over claim", "我方估值占债权比例"),
}
_SHOWN = (
    *("deal_id", "deal_date", "seller", "package_name", "outcome"),
    *("payment_terms", "source"),
)
# Weight of the class mean from which an estimate is called mixed.
_MIXED_SHARE = 1 / 3
_DIGITS = 4


def title(fact: str) -> dict[str, str]:
    """A fact by its name and its Chinese name."""
    if fact in _TITLES:
        return {"fact": _TITLES[fact][0], "fact_zh": _TITLES[fact][1]}
    return {"fact": fact, "fact_zh": catalogue.field(TABLE, fact).zh}


def class_figures(chosen: DealClass, deals: int) -> Figures:
    """A class of prices and the number of its deals."""
    labels = {
        f"{name}_zh": catalogue.field(TABLE, name).label(getattr(chosen, name), "zh")
        for name in ("price_kind", "rate_base")
    }
    return {**vars(chosen), **labels, "deals": deals}


def subject_figures(subject: Subject) -> list[Figures]:
    """Every fact of the package as it is compared, known or not."""
    return [
        {
            **title(name),
            "weight": weight,
            "value": known_rate(subject.numbers.get(name)),
            "shares": _shares(subject.compositions.get(name)),
        }
        for name, weight in declared().weights.items()
        if name != "years"
    ]


def found_figures(found: Found, base_yuan: float | None) -> Figures:
    """The estimate, the deals behind it and how far it can be trusted.

    Args:
        found: What the deals say.
        base_yuan: Amount of the package that rates are a share of, if known.
    """
    return {
        "confidence": found.confidence,
        "basis": _basis(found),
        "estimate": _estimate(found, base_yuan),
        "deals": list(_deals(found)),
        "slopes": _slopes(found, declared()),
        "errors": _errors(found),
    }


def base_yuan(package: Package, rate_base: str) -> float | None:
    """What rates of a package are a share of; None where claims leave it out."""
    if rate_base == "claim_total":
        return round(float(package.claim_yuan().sum()), 2)
    principal = numbers(package.claims, "principal")
    return None if np.isnan(principal).any() else round(float(principal.sum()), 2)


def confidence_words(found: Found) -> tuple[str, str]:
    """What was measured beside what each confidence asks for."""
    told, high = found.estimate, declared().confidence["high"]
    medium = declared().confidence["medium"]
    ratio = float(np.exp(2.0 * found.half_range))
    measured = (
        ("effective deals", "有效案例数", told.effective_deals, "effective_deals"),
        ("evidence", "可比证据", told.evidence, "evidence"),
        ("facts compared", "可比因素占比", told.compared_share, "compared_share"),
    )
    english = [
        f"{en} {value:.2f} (high from {getattr(high, name):g}, "
        f"medium from {getattr(medium, name):g})"
        for en, _, value, name in measured
    ]
    chinese = [
        f"{zh}{value:.2f}（高≥{getattr(high, name):g}，中≥{getattr(medium, name):g}）"
        for _, zh, value, name in measured
    ]
    english.append(
        f"highest over lowest end {ratio:.2f} (high up to {high.range_ratio:g}, "
        f"medium up to {medium.range_ratio:g})"
    )
    chinese.append(
        f"区间上下限之比{ratio:.2f}（高≤{high.range_ratio:g}，中≤{medium.range_ratio:g}）"
    )
    return "; ".join(english), "；".join(chinese)


def refusal_words(comparison: Comparison) -> tuple[str, str]:
    """Why there is no estimate, and what to do about it."""
    least = declared().method.minimum_deals
    held = comparison.classes.get(comparison.chosen, 0) if comparison.chosen else 0
    words = {
        "no_deals": (
            "the store holds no deal of the kind, base and currency that was asked "
            "for; import deals or ask for one of the classes",
            "案例库中没有所需价格口径、折扣率口径及币种的交易；请导入案例或改选其他口径",
        ),
        "too_few_deals": (
            f"{held} deals of this class are fewer than the {least} that a "
            "comparison needs; import more",
            f"该口径仅有{held}个案例，少于比较所需的{least}个；请补充案例",
        ),
        "one_sale": (
            "all deals of this class are lots of one sale, so none tells how far "
            "another is off; import other sales",
            "该口径的案例均来自同一次转让，无法检验误差；请补充其他交易",
        ),
    }
    return words[comparison.refusal or "no_deals"]


def _basis(found: Found) -> str:
    return "mixed" if _mean_share(found) >= _MIXED_SHARE else "observed"


def _mean_share(found: Found) -> float:
    told = found.estimate
    return told.class_mean_deals / (told.evidence + told.class_mean_deals)


def _estimate(found: Found, base: float | None) -> Figures:
    told = found.estimate
    rates = {"price": found.rate, "low": found.low_rate, "high": found.high_rate}
    return {
        **{f"{name}_rate": rate(value) for name, value in rates.items()},
        **{
            f"{name}_yuan": None if base is None else round(value * base, 2)
            for name, value in rates.items()
        },
        "range_level": declared().method.range_level,
        "base_yuan": base,
        "effective_deals": round(told.effective_deals, _DIGITS),
        "evidence": round(told.evidence, _DIGITS),
        "compared_share": rate(told.compared_share),
        "class_mean_rate": rate(np.exp(told.class_mean)),
        "class_mean_share": rate(_mean_share(found)),
    }


def _deals(found: Found) -> Iterator[Figures]:
    told = found.estimate
    rows = found.deals.deals.take(told.used).to_pylist()
    for position, row in enumerate(rows):
        at = int(told.used[position])
        yield {
            **{name: row[name] for name in _SHOWN},
            "price_rate": rate(found.deals.rates[at]),
            "adjustments": [
                {**title(fact), "factor": rate(np.exp(moves[position]))}
                for fact, moves in told.adjustments.items()
            ],
            "adjustment_limited": bool(told.limited[position]),
            "adjusted_rate": rate(np.exp(told.adjusted[position])),
            "distance": rate(told.distances.distance[at]),
            "compared_share": rate(told.distances.compared_share[at]),
            "estimate_share": rate(told.shares[position]),
            "facts": list(_compared(found, row, at)),
        }


def _compared(found: Found, row: Mapping[str, Any], at: int) -> Iterator[Figures]:
    apart = found.estimate.distances.by_fact
    for name in declared().weights:
        distance = float(apart[name][at]) if name in apart else np.nan
        yield {
            **title(name),
            "value": _value(row, name),
            "distance": None if np.isnan(distance) else rate(distance),
        }


def _value(row: Mapping[str, Any], name: str) -> float | date | str | None:
    if name == "years":
        day: date = row["deal_date"]
        return day
    if name == "value_rate":
        worth = row["own_value"]
        return None if worth is None else rate(worth / row["claim_total"])
    value: float | str | None = row[name]
    return value


def _slopes(found: Found, priors: Comparables) -> list[Figures]:
    slopes = found.estimate.slopes
    return [
        {
            **title(name),
            "effect": rate(effect),
            "sd": rate(slopes.sds[name]),
            "prior_sd": priors.slopes[name].sd,
            "unit": "year" if name == "years" else "factor of e (2.718)",
            "unit_zh": "每年" if name == "years" else "每e倍（2.718倍）",
        }
        for name, effect in slopes.effects.items()
    ]


def _errors(found: Found) -> Figures:
    missed = found.errors
    paid = found.deals.rates[missed.rows]
    return {
        "seen": missed.seen,
        "deals": len(missed),
        "absolute_error": rate(np.abs(paid * np.expm1(missed.log_errors)).mean()),
        "plain_absolute_error": rate(
            np.abs(paid * np.expm1(missed.plain_errors)).mean()
        ),
    }


def _shares(composition: Mapping[str, float] | None) -> dict[str, float] | None:
    if composition is None:
        return None
    return {word: rate(share) for word, share in composition.items()}
