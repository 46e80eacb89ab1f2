"""What a committee must be careful about: rules, data, limits, assumptions."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from models.pricing.assumptions import Assumptions
from serving.answers.names import words_zh
from serving.reports.paper import Block, Column, Points, Section, Table, Text
from serving.reports.subject import Subject
from serving.reports.words import Words, strangers
from serving.workbench.words import text

_MOST_ROWS = 12
# Before the parameters of a simulation nobody on a committee asks for.
_UNSEEN = ("seed",)


def mandate(subject: Subject, words: Words) -> Section:
    """What the rules say of the package."""
    return Section(words.text("mandate"), list(_rules(subject, words)), new_page=True)


def _rules(subject: Subject, words: Words) -> Iterator[Block]:
    barred = subject.package_figures["eligibility"]
    yield Text((_barred(barred, words),))
    answer = subject.mandate.figures
    if answer is None:
        reason = subject.mandate.refusal[words.language]
        yield Text((words.text("unanswered", reason=reason),))
        return
    told = words.text(
        "mandate_intro",
        day=words.day(answer["bid_date"]),
        verdict=_word(answer["verdict"], words),
        reason=words.titled(answer, "reason"),
    )
    yield Text((told,))
    columns = (
        Column(words.text("rule"), 2),
        Column(words.text("rule_source"), 1.1),
        Column(words.text("rule_status"), 0.9),
        Column(words.text("rule_reason"), 3),
    )
    rows = tuple(
        (
            words.titled(found),
            strangers(found["source"]),
            _word(found["status"], words),
            words.titled(found, "reason"),
        )
        for found in answer["findings"]
    )
    yield Table(columns, rows)


def _word(word: str, words: Words) -> str:
    return words_zh()[word] if words.language == "zh" else word.replace("_", " ")


def _barred(barred: Mapping[str, Any], words: Words) -> str:
    if not barred["barred_claims"]:
        return words.text("mandate_none_barred")
    return words.text(
        "mandate_barred",
        count=words.count(barred["barred_claims"]),
        claim=words.money(barred["barred_claim_yuan"]),
        value=words.money(barred["barred_present_value_yuan"]),
        bid=words.money(barred["maximum_bid_without_yuan"]),
    )


def quality(subject: Subject, words: Words) -> Section:
    """What the tape says, what it leaves out, and what is odd about it."""
    document, package = subject.document, subject.package_figures
    told = words.text(
        "quality_intro",
        claims=words.count(package["claims"]),
        rejected=words.count(len(document["rejected_rows"])),
        completeness=words.share(package["completeness_rate"]),
        columns=words.count(len(document["unmapped_columns"])),
    )
    blocks: list[Block] = [
        Text((told,)),
        *_asked(package["ask_first"], words),
        *_cautions(document["warnings"], words),
        *_remarks(subject, words),
        *_rejected(document["rejected_rows"], words),
    ]
    return Section(words.text("quality"), blocks)


def _cautions(warnings: list[Mapping[str, Any]], words: Words) -> Iterator[Block]:
    """What holds of the whole, and each kind of warning on a row once."""
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    for warning in warnings:
        told = warning["code"], "" if "row" in warning else warning["reason"]
        first.setdefault(told, warning)
    if first:
        shown = list(first.values())[:_MOST_ROWS]
        yield Text((words.text("cautions"),))
        yield Points(tuple(words.titled(w, "reason") for w in shown))


def _asked(fields: list[Mapping[str, Any]], words: Words) -> Iterator[Block]:
    if not fields:
        yield Text((words.text("nothing_missing"),))
        return
    columns = (
        Column(words.text("field"), 1.8),
        Column(words.text("missing_claims"), 1, "right"),
        Column(words.in_unit("their_claim"), 1.2, "right"),
        Column(words.in_unit("narrowing"), 1.2, "right"),
    )
    rows = tuple(
        (
            words.titled(field),
            words.count(field["claims"]),
            words.amount(field["claim_yuan"]),
            words.amount(field["narrowing_yuan"]),
        )
        for field in fields
    )
    yield Text((words.text("ask_first"),))
    yield Table(columns, rows)


def _remarks(subject: Subject, words: Words) -> Iterator[Block]:
    """Each kind of remark on single claims once, the most frequent first."""
    found = [w for c in subject.document["claims"] for w in c["warnings"]]
    first: dict[str, Mapping[str, Any]] = {}
    for warning in found:
        first.setdefault(warning["code"], warning)
    counted = Counter(warning["code"] for warning in found).most_common(_MOST_ROWS)
    if not counted:
        return
    columns = (
        Column(words.text("times"), 0.5, "right"),
        Column(words.text("remark"), 5),
    )
    rows = tuple(
        (words.count(times), words.titled(first[code], "reason"))
        for code, times in counted
    )
    yield Text((words.text("remarks"),))
    yield Table(columns, rows)


def _rejected(rows: list[Mapping[str, Any]], words: Words) -> Iterator[Block]:
    if not rows:
        return
    columns = (Column(words.text("place"), 1), Column(words.text("reason"), 4))
    shown = tuple(
        (
            words.text(f"place_{row['table']}", row=words.count(row["row"])),
            words.titled(row["findings"][0], "reason"),
        )
        for row in rows[:_MOST_ROWS]
    )
    yield Text((words.text("rejected_rows"),))
    yield Table(columns, shown)
    if len(rows) > _MOST_ROWS:
        more = words.count(len(rows) - _MOST_ROWS)
        yield Text((words.text("more_rows", count=more),), quiet=True)


def limits(subject: Subject, words: Words) -> Section:
    """What the figures do not know."""
    day = words.day(subject.document["model"]["observed_until"])
    parts = ("expected", "range", "priors", "bid", "law")
    told = tuple(words.text(f"limit_{part}", day=day) for part in parts)
    warned = (words.text("simulated_words"),) if subject.simulated else ()
    return Section(words.text("limits"), [Points((*warned, *told))])


def assumptions(subject: Subject, words: Words) -> Section:
    """What was assumed, with reasons."""
    columns = (
        Column(words.text("assumption"), 1.5),
        Column(words.text("used"), 1, "right"),
        Column(words.text("assumption_why"), 4),
    )
    stated = subject.document["assumptions"]
    rows = tuple(
        (_name(name, words), _used(name, stated[name], words), _why(name, words))
        for name in Assumptions.model_fields
        if name not in _UNSEEN
    )
    return Section(words.text("assumptions"), [Table(columns, rows)])


def _name(name: str, words: Words) -> str:
    return text(words.language, f"assumptions.{name}")


def _used(name: str, value: Any, words: Words) -> str:
    if name == "payments":
        paid = [f"{p['month']}: {words.share(p['share_rate'])}" for p in value]
        return words.joined(paid) or words.text("payments_at_once")
    if value is None:
        return words.text("model_default") if name != "price_yuan" else "–"
    if name.endswith(("_rate", "_level", "_correlation")):
        return words.share(value, 2)
    return words.exact(value) if name.endswith("_yuan") else words.count(value)


def _why(name: str, words: Words) -> str:
    field = Assumptions.model_fields[name]
    extra = field.json_schema_extra
    zh = extra.get("description_zh") if isinstance(extra, dict) else None
    return str(zh if words.language == "zh" and zh else field.description)
