"""The draft of a sale announcement: what the rules ask for, and blanks for the rest.

The parts are those of 财金〔2008〕87号: state of the assets, intended disposal, who may
buy and on which terms, period for enquiries and objections, contact, where hindrance is
reported. It is what is sold that is announced, never what it is thought to be worth.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow.compute as pc

from features.segment import CORPORATE
from serving.reports.paper import Block, Column, Facts, Paper, Section, Table, Text
from serving.reports.subject import Subject
from serving.reports.words import Words, strangers

MOST_LISTED = 60
# Amounts up to which each band reaches, working days and media of each band.
_BANDS_YUAN = (10e6, 50e6, 100e6)
_DAYS = (7, 10, 15, 20)
_MEDIA = ("media_site", "media_city", "media_province", "media_province")
_AMOUNTS = ("principal", "interest", "penalty_interest", "advanced_costs")
_MOST_PLACES = 8


def sale_announcement(subject: Subject, words: Words) -> Paper:
    """The draft as a paper.

    Args:
        subject: The valuation of what is sold.
        words: Language and unit of whoever reads it.
    """
    day = words.day(subject.package_figures["cutoff_date"])
    intro = words.text("announcement_intro", owner=_blank("owner", words))
    time = words.time(subject.created_at)
    return Paper(
        words.language,
        words.text("announcement_title"),
        words.text("announcement_subtitle", package=_name(subject, words), day=day),
        words.text("draft_mark"),
        words.text("announcement_foot", id=subject.record.id, time=time),
        [Text((intro,))],
        [part(subject, words) for part in _PARTS],
    )


def _blank(key: str, words: Words) -> str:
    return words.text("blank", what=words.text(key))


def _name(subject: Subject, words: Words) -> str:
    return subject.name or _blank("package_name_blank", words)


def _state(subject: Subject, words: Words) -> Section:
    """Name, kind, place, number, amount and security of what is sold."""
    segments = [words.segment(c["segment"]) for c in subject.document["claims"]]
    kinds = _counted(segments, "group_counted", words)
    rows = [
        (words.text("asset_name"), _name(subject, words)),
        (words.text("asset_kind"), words.text("asset_kind_value", parts=kinds)),
        (words.text("asset_place"), _values(subject, "claims", "province", words)),
        (words.text("asset_number"), _number(subject, words)),
        (words.text("asset_amount"), _amount(subject, words)),
        (
            words.text("asset_security"),
            _values(subject, "claims", "security_type", words),
        ),
        (words.text("asset_stage"), _values(subject, "claims", "legal_stage", words)),
    ]
    if len(subject.package.collateral):
        items = _values(subject, "collateral", "collateral_type", words)
        rows.insert(6, (words.text("asset_collateral"), items))
    note = Text((words.text("amounts_note"),), quiet=True)
    return Section(words.text("state"), [Facts(tuple(rows)), note])


def _values(subject: Subject, table: str, field: str, words: Words) -> str:
    """How many rows have each value of a field."""
    stated = getattr(subject.package, table)[field].to_pylist()
    names = [words.value(table, field, value) for value in stated]
    counted = "items_counted" if table == "collateral" else "group_counted"
    return _counted(names, counted, words)


def _counted(names: Sequence[str], key: str, words: Words) -> str:
    counts = Counter(names).most_common()
    shown, rest = counts[:_MOST_PLACES], counts[_MOST_PLACES:]
    if rest:
        shown = [*shown, (words.text("others"), sum(count for _, count in rest))]
    return words.joined(
        [words.text(key, name=name, count=words.count(count)) for name, count in shown]
    )


def _number(subject: Subject, words: Words) -> str:
    claims = words.count(len(subject.package))
    obligors = subject.package.claims["obligor_id"]
    if obligors.null_count:
        blank = _blank("obligors_blank", words)
        return words.text("asset_number_unknown", claims=claims, blank=blank)
    number = words.count(len(pc.unique(obligors)))
    return words.text("asset_number_value", claims=claims, obligors=number)


def _amount(subject: Subject, words: Words) -> str:
    claims = subject.package.claims
    sums = {name: pc.sum(claims[name]).as_py() for name in _AMOUNTS}
    parts = [
        words.text(name, money=words.money(total))
        for name, total in sums.items()
        if total
    ]
    return words.text(
        "asset_amount_value",
        total=words.money(subject.package_figures["claim_yuan"]),
        day=words.day(subject.package_figures["cutoff_date"]),
        parts=words.joined(parts),
    )


def _list(subject: Subject, words: Words) -> Section:
    """Claims against legal persons one by one, those that may be others together."""
    columns = (
        Column(words.text("number"), 0.5, "right"),
        Column(words.text("obligor"), 2),
        Column(words.text("province"), 1),
        Column(words.in_unit("principal_column"), 1.2, "right"),
        Column(words.in_unit("claim_yuan"), 1.2, "right"),
        Column(words.text("security"), 0.9),
        Column(words.text("stage"), 1.1),
    )
    note = Text((words.text("listed_note"),), quiet=True)
    table = Table(columns, tuple(_lines(subject, words)))
    return Section(words.text("listed"), [note, table])


def _lines(subject: Subject, words: Words) -> Iterator[tuple[str, ...]]:
    owed = [claim["claim_yuan"] for claim in subject.document["claims"]]
    every = list(zip(subject.package.claims.to_pylist(), owed, strict=True))
    segments = [claim["segment"] for claim in subject.document["claims"]]
    kinds = [_kind(pair[0], of) for pair, of in zip(every, segments, strict=True)]
    legal = [p for p, kind in zip(every, kinds, strict=True) if kind == "legal_persons"]
    listed = sorted(legal, key=lambda pair: -pair[1])
    for number, (claim, yuan) in enumerate(listed[:MOST_LISTED], 1):
        yield words.count(number), *_line(claim, yuan, words)
    rest = listed[MOST_LISTED:]
    if rest:
        yield _together(rest, "more_claims", words)
    for kind in ("unstated_persons", "natural_persons"):
        if left := [pair for pair, of in zip(every, kinds, strict=True) if of == kind]:
            yield _together(left, kind, words)


def _kind(claim: dict[str, Any], segment: str) -> str:
    """Whether an obligor is a legal person, one of flesh and blood, or either."""
    if segment not in CORPORATE or claim["legal_type"] == "person":
        return "natural_persons"
    return "unstated_persons" if claim["legal_type"] is None else "legal_persons"


def _line(claim: dict[str, Any], yuan: float, words: Words) -> tuple[str, ...]:
    claim_id = strangers(claim["claim_id"])
    return (
        words.text("blank", what=words.text("obligor_blank", claim=claim_id)),
        words.value("claims", "province", claim["province"]),
        words.amount(claim["principal"]),
        words.amount(yuan),
        words.value("claims", "security_type", claim["security_type"]),
        words.value("claims", "legal_stage", claim["legal_stage"]),
    )


def _together(
    pairs: Sequence[tuple[dict[str, Any], float]], key: str, words: Words
) -> tuple[str, ...]:
    told = words.text(key, count=words.count(len(pairs)))
    principal = words.amount(sum(claim["principal"] for claim, _ in pairs))
    owed = words.amount(sum(yuan for _, yuan in pairs))
    return "", told, "", principal, owed, "", ""


def _intent(subject: Subject, words: Words) -> Section:
    header = subject.package.header
    price, payment = header.get("start_price"), header.get("payment_terms")
    told = words.text(
        "intent_words",
        way=_blank("way", words),
        price=words.money(float(price))
        if isinstance(price, int | float)
        else _blank("start_price", words),
        payment=_blank("payment", words)
        if payment is None
        else strangers(str(payment)),
        place=_blank("platform", words),
        when=_blank("when", words),
    )
    return Section(words.text("intent"), [Text((told,))])


def _buyers(subject: Subject, words: Words) -> Section:
    segments = {claim["segment"] for claim in subject.document["claims"]}
    personal = [words.text("buyers_personal")] if segments - CORPORATE else []
    told = (words.text("buyers_words"), words.text("buyers_excluded"), *personal)
    return Section(words.text("buyers"), [Text(told)])


def _period(subject: Subject, words: Words) -> Section:
    told = words.text(
        "period_words",
        published=_blank("published", words),
        until=_blank("until", words),
    )
    band = bisect_left(_BANDS_YUAN, subject.package_figures["claim_yuan"])
    rule = words.text(
        "period_rule",
        band=words.text(f"band_{band}"),
        days=str(_DAYS[band]),
        media=words.text(_MEDIA[band]),
    )
    return Section(words.text("period"), [Text((told,)), Text((rule,), quiet=True)])


def _contact(_: Subject, words: Words) -> Section:
    keys = ("contact_person", "contact_phone", "contact_mail", "contact_address")
    rows = tuple(
        (words.text(key), _blank(key, words))
        for key in (*keys, "report_phone", "supervisor")
    )
    return Section(words.text("contact"), [Facts(rows)])


def _other(_: Subject, words: Words) -> Section:
    signed = f"{_blank('owner', words)}　{_blank('published', words)}"
    blocks: list[Block] = [Text((words.text("other_words"), signed))]
    return Section(words.text("other"), blocks)


_PARTS = (_state, _list, _intent, _buyers, _period, _contact, _other)
