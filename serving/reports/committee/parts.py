"""What the package is made of, and its largest claims."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serving.charts.composition import Group, composition_chart
from serving.reports.committee.money import picture
from serving.reports.paper import Block, Column, Section, Table, Text
from serving.reports.subject import Subject
from serving.reports.words import Words, strangers

MOST_CLAIMS = 15
_MOST_GROUPS = 8
_GROUPINGS = ("province", "security_type", "legal_stage")

Claims = Sequence[Mapping[str, Any]]


def composition(subject: Subject, words: Words) -> Section:
    """Claim and worth by segment as a chart, by place, security and stage as tables."""
    by_segment = _groups(
        [words.segment(c["segment"]) for c in subject.document["claims"]],
        subject.document["claims"],
    )
    title = words.text("by_segment")
    shown = [
        Group(
            name,
            sum(c["claim_yuan"] for c in part),
            sum(c["present_value_yuan"] for c in part),
        )
        for name, part in by_segment
    ]
    blocks: list[Block] = [
        picture(
            composition_chart(shown, title, words.language, words.unit), told=False
        ),
        _table(title, by_segment, words),
    ]
    for field in _GROUPINGS:
        stated = subject.package.claims[field].to_pylist()
        names = [words.value("claims", field, value) for value in stated]
        groups = _groups(names, subject.document["claims"])
        blocks.append(_table(words.text(f"by_{field}"), groups, words))
    return Section(words.text("composition"), blocks)


def _groups(names: Sequence[str], claims: Claims) -> list[tuple[str, Claims]]:
    """Claims by name, the largest claim first."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for name, claim in zip(names, claims, strict=True):
        parts.setdefault(name, []).append(claim)
    owed = {n: sum(c["claim_yuan"] for c in part) for n, part in parts.items()}
    return sorted(parts.items(), key=lambda item: -owed[item[0]])


def _table(title: str, groups: list[tuple[str, Claims]], words: Words) -> Table:
    shown, rest = groups[:_MOST_GROUPS], groups[_MOST_GROUPS:]
    if rest:
        others = [claim for _, part in rest for claim in part]
        shown = [*shown, (words.text("others"), others)]
    columns = (
        Column(title, 1.6),
        Column(words.text("claims_counted"), 0.8, "right"),
        Column(words.in_unit("claim_yuan"), 1.2, "right"),
        Column(words.text("recovery_rate"), 0.8, "right"),
        Column(words.in_unit("present_value"), 1.2, "right"),
    )
    return Table(columns, tuple(_row(name, part, words) for name, part in shown))


def _row(name: str, part: Claims, words: Words) -> tuple[str, ...]:
    owed = sum(claim["claim_yuan"] for claim in part)
    gross = sum(claim["gross_yuan"] for claim in part)
    return (
        name,
        words.count(len(part)),
        words.amount(owed),
        words.share(gross / owed),
        words.amount(sum(claim["present_value_yuan"] for claim in part)),
    )


def largest_claims(subject: Subject, words: Words) -> Section:
    """The claims that carry most of what is owed."""
    claims = subject.document["claims"]
    largest = sorted(claims, key=lambda c: -c["claim_yuan"])[:MOST_CLAIMS]
    package = subject.package_figures
    value = package["present_value_yuan"]
    carried = sum(c["present_value_yuan"] for c in largest)
    share = sum(c["claim_yuan"] for c in largest) / package["claim_yuan"]
    told = words.text(
        "largest_intro",
        count=words.count(len(largest)),
        all=words.count(len(claims)),
        share=words.share(share),
        value_share=words.share(carried / value if value else None),
    )
    columns = (
        Column(words.text("claim_id"), 1.9),
        Column(words.text("segment"), 1.2),
        Column(words.in_unit("claim_yuan"), 1.2, "right"),
        Column(words.text("recovery_rate"), 0.8, "right"),
        Column(words.text("low_high"), 1.05, "right"),
        Column(words.in_unit("present_value"), 1.2, "right"),
        Column(words.in_unit("liquidation"), 1.2, "right"),
        Column(words.text("strongest"), 2.2),
    )
    table = Table(columns, tuple(_claims(largest, words)))
    return Section(words.text("largest"), [Text((told,)), table])


def _claims(claims: Claims, words: Words) -> Iterator[tuple[str, ...]]:
    for claim in claims:
        rates = claim["recovery_rate"]
        yield (
            strangers(claim["claim_id"]),
            words.segment(claim["segment"]),
            words.amount(claim["claim_yuan"]),
            words.share(rates["mean"]),
            f"{words.share(rates['p10'], 0)}–{words.share(rates['p90'], 0)}",
            words.amount(claim["present_value_yuan"]),
            words.amount(claim["liquidation"]["present_value_yuan"]),
            _driver(claim, words),
        )


def _driver(claim: Mapping[str, Any], words: Words) -> str:
    drivers = claim["drivers"]
    if not drivers:
        return "–"
    points = f"{drivers[0]['points'] * 100:+.1f}%".replace("-", "−")
    return words.text("driver", title=words.titled(drivers[0]), points=points)
