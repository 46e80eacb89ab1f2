"""A book's manifest for a terminal, or as figures for a program."""

from collections.abc import Iterable, Iterator, Mapping

import click
from rich.table import Table

from features.console import console, print_figures
from features.segment import SEGMENT_ZH
from models.pricing.fen import FEN_PER_YUAN
from serving.book.manifest import MANIFEST, Document


def print_book(manifest: Document, out: str, *, as_json: bool) -> None:
    """The book as a whole and by segment.

    Args:
        manifest: Its manifest.
        out: Address of the folder of the output.
        as_json: Whether as JSON, without the list of parts.
    """
    if as_json:
        short = {k: v for k, v in manifest.items() if k not in ("parts", "source")}
        print_figures({**short, "out": out})
        return
    shown = console()
    simulated = manifest["model"]["simulated"]
    note = " — model trained on SIMULATED data 模拟数据" if simulated else ""
    shown.print(f"{out}{note}", markup=False)
    shown.print(_book_table(manifest))
    if manifest["figures"] == "full":
        shown.print(_segment_table(manifest))
    print_cautions(manifest["cautions"])
    click.echo(f"Written: {out.rstrip('/')}/{MANIFEST}")


def print_cautions(cautions: Iterable[Mapping[str, str]]) -> None:
    """What must be known before the figures are relied on, in both languages."""
    for told in cautions:
        words = f"! {told['reason']} {told['reason_zh']}"
        console().print(words, markup=False)


def _book_table(manifest: Document) -> Table:
    table = Table()
    table.add_column("Book 资产组合")
    table.add_column("", justify="right")
    for name, value in _lines(manifest):
        table.add_row(name, value)
    return table


def _lines(manifest: Document) -> Iterator[tuple[str, str]]:
    package, counts, model = (manifest[k] for k in ("package", "counts", "model"))
    yield "Claims 笔数", f"{counts['claims']:,}"
    yield "Rejected rows 拒绝行", f"{sum(counts['rejected_rows'].values()):,}"
    yield "Claim 债权 (yuan)", _yuan(package["claim_fen"])
    if manifest["figures"] == "full":
        yield "Gross cash 预期回款", _yuan(package["gross_fen"])
        yield "Net cash 净回款", _yuan(package["net_fen"])
        yield "Recovery rate 回收率", _share(package["recovery_rate"])
        yield "Present value 净现值", _yuan(package["present_value_fen"])
        yield "  P5 to P95", _between(manifest["range"])
        yield "Maximum bid 最高报价", _yuan(package["maximum_bid_fen"])
        yield "Return 收益率 at it", _share(package["irr_rate_at_maximum_bid"])
    yield "Model 模型", f"{model['name']} v{model['version']}"


def _segment_table(manifest: Document) -> Table:
    table = Table()
    table.add_column("Segment 分类")
    for heading in ("Claims 笔数", "Claim 债权", "Gross 回款", "PV 净现值"):
        table.add_column(heading, justify="right")
    for segment, sums in manifest["segments"].items():
        money = (sums[n] for n in ("claim_fen", "gross_fen", "present_value_fen"))
        name = f"{segment} {SEGMENT_ZH[segment]}"
        table.add_row(name, f"{sums['claims']:,}", *map(_yuan, money))
    return table


def _yuan(fen: int) -> str:
    return f"{fen / FEN_PER_YUAN:,.0f}"


def _between(told: Document | None) -> str:
    if told is None:
        return "–"
    ends = [told["percentiles"][p]["present_value_yuan"] for p in ("P5", "P95")]
    return " to ".join(f"{yuan:,.0f}" for yuan in ends)


def _share(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.2%}"
