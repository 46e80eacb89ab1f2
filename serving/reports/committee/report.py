"""The report of a valuation for those who decide about a bid."""

from collections.abc import Iterator, Mapping
from typing import Any

from serving.reports.committee import care, money, parts, summary
from serving.reports.paper import Block, Column, Paper, Section, Table, Text
from serving.reports.subject import Subject
from serving.reports.words import Words, strangers

# Who signs, and the step of a review that names them.
_ROLES: Mapping[str, str | None] = {
    "prepared": None,
    "reviewed": "reviewed",
    "risk": None,
    "approved": "approved",
}
_PARTS = (
    summary.key_figures,
    summary.method,
    money.cash_flow,
    money.value,
    money.bid,
    parts.composition,
    money.sensitivity,
    care.mandate,
    parts.largest_claims,
    care.quality,
    care.limits,
    care.assumptions,
)


def committee_report(subject: Subject, words: Words) -> Paper:
    """The report as a paper.

    Args:
        subject: The valuation.
        words: Language and unit of whoever reads it.
    """
    day = words.day(subject.package_figures["cutoff_date"])
    name = summary.title_of(subject, words)
    time = words.time(subject.created_at)
    return Paper(
        words.language,
        words.text("report_title"),
        words.text("report_subtitle", package=name, day=day),
        words.text("simulated_mark") if subject.simulated else "",
        words.text("report_foot", id=subject.record.id, time=time),
        summary.cover(subject, words),
        [*(part(subject, words) for part in _PARTS), _signatures(subject, words)],
        words.text("contents"),
    )


def _signatures(subject: Subject, words: Words) -> Section:
    columns = (
        Column(words.text("role"), 1.4),
        Column(words.text("person"), 1.2),
        Column(words.text("signature"), 1.6),
        Column(words.text("date"), 1.2),
    )
    rows = tuple(_signed(subject, words))
    note = Text((words.text("signatures_note"),), quiet=True)
    blocks: list[Block] = [Table(columns, rows, to_sign=True), note]
    return Section(words.text("signatures"), blocks)


def _signed(subject: Subject, words: Words) -> Iterator[tuple[str, ...]]:
    for role, step in _ROLES.items():
        event = _standing(subject.review, step)
        person = "" if event is None else strangers(event["person"])
        day = "" if event is None else words.time(event["at"])
        yield words.text(f"role_{role}"), person, "", day


def _standing(review: Mapping[str, Any], step: str | None) -> Mapping[str, Any] | None:
    """The last step of a kind, as long as the review has not fallen behind it."""
    reached = ("draft", "reviewed", "approved").index(review["status"])
    if step is None or ("draft", "reviewed", "approved").index(step) > reached:
        return None
    found = [event for event in review["events"] if event["kind"] == step]
    return found[-1] if found else None
