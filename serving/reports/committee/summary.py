"""The first pages: what the package is, what it is worth, and how that was found."""

from collections.abc import Iterator

from serving.figures.package import yuan
from serving.reports.paper import (
    Block,
    Cards,
    Caution,
    Column,
    Facts,
    Section,
    Table,
    Text,
)
from serving.reports.subject import Subject
from serving.reports.words import Words, strangers

# The rest stands on the review's own page.
_MOST_OVERRIDES = 8


def title_of(subject: Subject, words: Words) -> str:
    """What people call the package: its name, else that of its file."""
    file = subject.document["filename"]
    return subject.name or (strangers(file) if file else words.text("unnamed"))


def cover(subject: Subject, words: Words) -> list[Block]:
    """What stands under the title."""
    document, package = subject.document, subject.package_figures
    model = document["model"]
    source = words.text("model_value", **_model(subject, words))
    facts = [
        (words.text("package"), title_of(subject, words)),
        (words.text("cutoff_date"), words.day(package["cutoff_date"])),
        (words.text("claims"), words.count(package["claims"])),
        (words.text("file"), strangers(document["filename"])),
        (words.text("valued_at"), words.time(subject.created_at)),
        (words.text("model"), source),
        (words.text("fingerprint"), strangers(model["sha256"])),
        (words.text("review_status"), words.text(f"status_{subject.review['status']}")),
    ]
    if document["revaluation"] is not None:
        facts.append((words.text("parent"), document["revaluation"]["parent_id"]))
    return [*_warned(subject, words), Facts(tuple(facts))]


def _warned(subject: Subject, words: Words) -> Iterator[Block]:
    """What whoever decides must know before any figure."""
    if subject.simulated:
        yield Caution(words.text("simulated_words"))
    if (served := subject.successor) is not None:
        told = {
            "priced": strangers(subject.document["model"]["version"]),
            "serving": strangers(served.version),
            "day": words.day(served.model.record.observed_until),
        }
        yield Caution(words.text("other_model", **told))


def _model(subject: Subject, words: Words) -> dict[str, str]:
    model = subject.document["model"]
    return {
        "name": strangers(model["name"]),
        "version": strangers(model["version"]),
        "source": _source(subject, words),
        "day": words.day(model["observed_until"]),
    }


def _source(subject: Subject, words: Words) -> str:
    """What the model learnt from."""
    if subject.simulated:
        return words.text("simulated_source")
    return strangers(subject.document["model"]["source"])


def key_figures(subject: Subject, words: Words) -> Section:
    """What a committee asks first."""
    blocks = [
        Cards(tuple(_cards(subject, words))),
        Text((words.text("to_the_fen"),)),
        Table(
            (
                Column(words.text("figure"), 2.6),
                Column(words.text("yuan_column"), 1.2, "right"),
                Column(words.text("share_of_claim"), 0.8, "right"),
            ),
            tuple(_rows(subject, words)),
        ),
        *_overrides(subject, words),
        *_earlier_overrides(subject, words),
    ]
    return Section(words.text("key_figures"), blocks)


def _cards(subject: Subject, words: Words) -> Iterator[tuple[str, str, str]]:
    package = subject.package_figures
    claim, expected = package["claim_yuan"], package["expected"]
    worth = {
        n: words.amount(p["present_value_yuan"])
        for n, p in package["percentiles"].items()
    }
    counted = words.text("card_claims", count=words.count(package["claims"]))
    yield words.text("card_claim"), words.money(claim), counted
    rate = words.text("card_rate", rate=words.share(package["recovery_rate"]))
    yield words.text("card_recovery"), words.money(expected["gross_yuan"]), rate
    span = words.text("card_range", low=worth["P5"], high=worth["P95"])
    value = package["present_value_yuan"]
    yield words.text("card_value"), words.money(value), span
    bid = package["maximum_bid_yuan"]
    rate = words.text("card_bid_rate", rate=words.share(bid / claim))
    yield words.text("card_bid"), words.money(bid), rate
    yield from _return(subject, words)
    liquidation = package["liquidation"]
    value = words.money(liquidation["present_value_yuan"])
    gap = words.text("card_gap", gross=words.amount(liquidation["gross_yuan"]))
    yield words.text("card_liquidation"), value, gap


def _return(subject: Subject, words: Words) -> Iterator[tuple[str, str, str]]:
    at_price = subject.package_figures["at_price"]
    if at_price is None:
        return
    payback = at_price["payback_months"]
    told = words.text(
        "card_multiple",
        multiple=f"{at_price['multiple']:.2f}",
        months=words.text(
            "months", months=words.count(payback) if payback is not None else "–"
        ),
    )
    price = words.amount(at_price["price_yuan"])
    title = words.text("card_irr", price=price)
    yield title, words.share(at_price["irr_rate"], 2), told


def _rows(subject: Subject, words: Words) -> Iterator[tuple[str, ...]]:
    package = subject.package_figures
    claim, expected = package["claim_yuan"], package["expected"]
    shortfall, downturn = package["expected_shortfall"], package["downturn"]
    for key, amount, told in (
        ("row_claim", claim, {}),
        ("row_gross", expected["gross_yuan"], {}),
        ("row_cost", expected["cost_yuan"], {}),
        ("row_net", expected["net_yuan"], {}),
        ("row_value", package["present_value_yuan"], {}),
        ("row_bid", package["maximum_bid_yuan"], {}),
        ("row_without", package["eligibility"]["maximum_bid_without_yuan"], {}),
        ("row_liquidation", package["liquidation"]["present_value_yuan"], {}),
        ("row_liquidation_bid", package["liquidation"]["maximum_bid_yuan"], {}),
        (
            "row_shortfall",
            shortfall["present_value_yuan"],
            {"level": words.share(shortfall["level"], 0)},
        ),
        (
            "row_downturn",
            downturn["present_value_yuan"],
            {"level": words.share(downturn["level"], 0)},
        ),
    ):
        yield words.text(key, **told), words.exact(amount), words.share(amount / claim)


def _earlier_overrides(subject: Subject, words: Words) -> Iterator[Block]:
    earlier = subject.earlier
    if earlier is not None:
        told = words.text(
            "earlier_overrides",
            count=words.count(len(earlier.overrides)),
            identifier=earlier.row.id,
            change=words.money(yuan(earlier.effect_fen)),
        )
        yield Text((told,))


def _overrides(subject: Subject, words: Words) -> Iterator[Block]:
    stated = subject.review["overrides"]
    if not stated:
        return
    figures = subject.review["figures"]
    yield Text(
        (
            words.text(
                "overridden",
                count=words.count(len(stated)),
                value=words.money(figures["present_value_yuan"]),
                change=words.amount(figures["difference_yuan"]),
                bid=words.money(figures["maximum_bid_yuan"]),
            ),
        )
    )
    columns = (
        Column(words.text("override_claim")),
        Column(words.in_unit("override_model"), 1, "right"),
        Column(words.in_unit("override_value"), 1, "right"),
        Column(words.text("override_who")),
        Column(words.text("override_why"), 2),
    )
    rows = tuple(
        (
            strangers(event["claim_id"]),
            words.amount(event["model_present_value_yuan"]),
            words.amount(event["present_value_yuan"]),
            strangers(event["person"]),
            strangers(event["reason"]),
        )
        for event in stated[:_MOST_OVERRIDES]
    )
    yield Table(columns, rows)


def method(subject: Subject, words: Words) -> Section:
    """How the figures were found."""
    stated = subject.document["assumptions"]
    told = {
        "source": _source(subject, words),
        "horizon": words.count(stated["horizon_months"]),
        "rate": words.share(stated["target_return_rate"], 2),
        "cost": words.share(stated["acquisition_cost_rate"], 2),
        "simulations": words.count(stated["simulations"]),
    }
    parts = ("expected", "cash", "value", "range", "liquidation")
    rows = tuple(
        (words.text(f"method_{part}_title"), words.text(f"method_{part}", **told))
        for part in parts
    )
    return Section(words.text("method"), [Facts(rows)])
