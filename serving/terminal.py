"""Figures of a valuation for a terminal; plain text of fixed width elsewhere."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from features.catalogue import Language
from features.console import console
from features.findings import listed
from serving.document import Document
from serving.submission import rule_of
from serving.workbench.labels import segment_label

SHOWN_CLAIMS = 10
SHOWN_WARNINGS = 8
_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def print_answer(title: str, answer: Document) -> None:
    """The package, its largest claims and what must be known about them."""
    out = console()
    out.print(f"{title}{_simulated(answer)}", markup=False)
    out.print(_package_table(answer))
    out.print(_claims_table(answer))
    for line in _warning_lines(answer):
        out.print(f"! {line}", markup=False)


def package_line(answer: Document) -> dict[str, Any]:
    """The figures of the package, for a program that reads them."""
    package = {k: v for k, v in answer["package"].items() if k != "cash_flow"}
    return {
        "id": answer["id"],
        "model": answer["model"],
        "package": package,
        "rejected_rows": len(answer["rejected_rows"]),
        "unmapped_columns": [c["header"] for c in answer["unmapped_columns"]],
    }


def _warning_lines(answer: Document) -> Iterator[str]:
    """Every caution, the first warnings about the file, and those of claims by rule."""
    cautions = [w for w in answer["warnings"] if w.get("table") is None]
    others = [w for w in answer["warnings"] if w.get("table") is not None]
    yield from (_bilingual(caution) for caution in cautions)
    yield from _table_warning_lines(others)
    yield from _claim_warning_lines(answer["claims"])


def _table_warning_lines(warnings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What each rule says of a table, with the first rows concerned."""
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for warning in warnings:
        groups.setdefault(rule_of(warning), []).append(warning)
    for found in groups.values():
        yield _where(found) + _bilingual(found[0])


def _claim_warning_lines(claims: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How many claims each rule found fault with, and the words of one of them."""
    found = [{rule_of(w): w for w in claim["warnings"]} for claim in claims]
    counts = Counter(rule for rules in found for rule in rules)
    examples = {rule: w for rules in found for rule, w in rules.items()}
    for rule, count in counts.most_common(SHOWN_WARNINGS):
        yield f"{_counted(count, 'claim')} {count:,}笔: {_bilingual(examples[rule])}"
    if len(counts) > SHOWN_WARNINGS:
        yield f"and {_counted(len(counts) - SHOWN_WARNINGS, 'more rule')} on claims"


def _bilingual(warning: Mapping[str, Any]) -> str:
    return f"{warning['reason']} {warning['reason_zh']}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _where(found: Sequence[Mapping[str, Any]]) -> str:
    rows = [str(w["row"]) for w in found if w.get("row") is not None]
    noun = "row" if len(rows) == 1 else "rows"
    return f"{found[0]['table']} {noun} {listed(rows)}: " if rows else ""


def _package_table(answer: Document) -> Table:
    table = Table()
    table.add_column("Package 资产包")
    table.add_column("", justify="right")
    for name, value in _package_lines(answer["package"]):
        table.add_row(name, value)
    table.add_row("Rejected rows 拒绝行", f"{len(answer['rejected_rows']):,}")
    model = answer["model"]
    table.add_row("Model 模型", f"{model['name']} v{model['version']}")
    return table


def _simulated(answer: Document) -> str:
    simulated = answer["model"]["simulated"]
    return " — model trained on SIMULATED data 模拟数据" if simulated else ""


def _package_lines(package: Mapping[str, Any]) -> list[tuple[str, str]]:
    ranges, liquidation = package["percentiles"], package["liquidation"]
    low, high = ranges["P5"]["present_value_yuan"], ranges["P95"]["present_value_yuan"]
    return [
        ("Cut-off date 基准日", package["cutoff_date"]),
        ("Claims 笔数", f"{package['claims']:,}"),
        ("Claim 债权 (yuan)", _yuan(package["claim_yuan"])),
        ("Gross cash 预期回款", _yuan(package["expected"]["gross_yuan"])),
        ("Net cash 净回款", _yuan(package["expected"]["net_yuan"])),
        ("Recovery rate 回收率", f"{package['recovery_rate']:.2%}"),
        ("Present value 净现值", _yuan(package["present_value_yuan"])),
        ("  P5 to P95", f"{_yuan(low)} to {_yuan(high)}"),
        ("Liquidation 清算净现值", _yuan(liquidation["present_value_yuan"])),
        ("Maximum bid 最高报价", _yuan(package["maximum_bid_yuan"])),
        *_returns(package["at_price"]),
    ]


def print_bid(bid: Document) -> None:
    """Print what is advised to bid, or why nothing is."""
    told = bid["recommended"]
    if told is None:
        console().print(f"Bid 报价: {_bilingual(bid)}\n")
        return
    console().print(
        f"Sealed bid 建议密封报价: {_yuan(told['price_yuan'])}, "
        f"wins 中标 {told['win_probability']:.0%}, profit 预期利润 "
        f"{_yuan(told['expected_profit_yuan'])}, returns if won 中标收益率 "
        f"{told['irr_if_won_rate']:.1%} (example deals, SIMULATED 模拟成交)\n"
    )


def _returns(at_price: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    if at_price is None or at_price["irr_rate"] is None:
        return []
    price = f"  at {_yuan(at_price['price_yuan'])}"
    return [(f"Return 收益率{price}", f"{at_price['irr_rate']:.2%}")]


def _claims_table(answer: Document) -> Table:
    claims: Sequence[Mapping[str, Any]] = answer["claims"]
    largest = sorted(claims, key=lambda c: -c["claim_yuan"])[:SHOWN_CLAIMS]
    table = Table(
        caption=f"The largest {len(largest)} of {_counted(len(claims), 'claim')}"
    )
    for heading in ("Claim 债权", "Segment 分类"):
        table.add_column(heading, overflow="fold")
    for heading in ("Claim yuan", "Rate", "P10–P90", "PV yuan"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Strongest driver 首要因素")
    for claim in largest:
        table.add_row(*_claim_cells(claim))
    return table


def _claim_cells(claim: Mapping[str, Any]) -> tuple[str, ...]:
    rates = claim["recovery_rate"]
    strongest = claim["drivers"][0]
    return (
        claim["claim_id"],
        "\n".join(segment_label(claim["segment"], each) for each in _LANGUAGES),
        _yuan(claim["claim_yuan"]),
        f"{rates['mean']:.1%}",
        f"{rates['p10']:.0%}–{rates['p90']:.0%}",
        _yuan(claim["present_value_yuan"]),
        f"{strongest['points']:+.1%} {strongest['title_zh']}\n{strongest['title']}",
    )


def _yuan(amount: float) -> str:
    return f"{amount:,.0f}"
