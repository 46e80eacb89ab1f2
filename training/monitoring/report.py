"""A back-test in words and tables: Markdown for a file, lines for a terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from features import catalogue
from training.monitoring.actual_to_expected import ALL, OTHERS, Cell
from training.monitoring.alarms import Backtest, reason
from training.monitoring.backtest import UNKNOWN
from training.monitoring.drift import Drift

# Regions are shown for what is judged; a page of every region of everything is unread.
MARGINS = (("vintage", "product"), ("vintage",), ("product",), ("region",))
SHOWN_FEATURES = 10
WIDTH = 118
TERMINAL_HEADS = (
    *("vintage", "product", "claims", "expected, 10⁴", "realised, 10⁴"),
    *("actual / expected", "95% interval", "drawn by", "standing"),
)
STANDING = {
    "as_expected": "as expected 符合预期",
    "above": "ABOVE 高于预期",
    "below": "BELOW 低于预期",
    "too_few": "too few 样本不足",
}
_ZH = {"vintage": "批次", "product": "产品", "region": "地区"}
HEADS = (
    "claims 笔数",
    "expected 预期, 10⁴",
    "realised 实际, 10⁴",
    "actual / expected 实际/预期",
    "95% interval 区间",
    "drawn by 抽样单元",
    "standing 判断",
)
_LABEL_ZH = {ALL: "全部", OTHERS: "其他", UNKNOWN: "未知"}
UNBROKEN = ("product", "95% interval", "standing")


def kind_of_data(tested: Backtest) -> str:
    """What data the figures come from; simulated data is called so."""
    compared = tested.compared
    return "SIMULATED DATA 模拟数据" if compared.simulated else compared.source


def verdict(tested: Backtest) -> str:
    """The verdict in two languages."""
    if tested.retrain:
        return f"RETRAIN 需要重新训练 ({len(tested.alarms)})"
    return "keep the model 保留现有模型"


def basis(tested: Backtest) -> list[str]:
    """What is compared, and what is left out and why."""
    compared = tested.compared
    quarters = (
        "only the quarters since cut-off that were observed whole and began after the "
        "model had learnt"
        if compared.timing_observed
        else "the ultimate recovery of resolved claims, for the history has no timing"
    )
    left_out = "; ".join(f"{n:,} {why}" for why, n in compared.left_out.items())
    return [
        f"{len(compared):,} claims, forecast by model version "
        f"{', '.join(compared.models)}, against cash until {compared.observed_until}: "
        f"{quarters}.",
        f"Left out: {left_out or 'none'}.",
    ]


def cell_row(cell: Cell) -> tuple[str, ...]:
    """The figures of a cell as text, in the order of ``HEADS``."""
    known = cell.low is not None and cell.high is not None
    return (
        f"{cell.claims:,}",
        f"{cell.expected_yuan / 1e4:,.1f}",
        f"{cell.realised_yuan / 1e4:,.1f}",
        "–" if cell.ratio is None else f"{cell.ratio:.3f}",
        f"{cell.low:.3f} – {cell.high:.3f}" if known else "–",
        cell.drawn_by or "–",
        STANDING[cell.standing],
    )


def label(name: str, field: str) -> str:
    """A label in both languages where it has two."""
    chinese = _LABEL_ZH.get(name)
    if chinese is None and field in ("product", "province"):
        chinese = catalogue.fields("claims")[field].label(name, "zh")
    return name if chinese in (None, name) else f"{name} {chinese}"


def margin_table(
    tested: Backtest, by: Sequence[str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of a margin."""
    heads = tuple(f"{name} {_ZH[name]}" for name in by)
    rows = [
        (
            *(label(getattr(c, n), "province" if n == "region" else n) for n in by),
            *cell_row(c),
        )
        for c in tested.margin(*by)
    ]
    return (*heads, *HEADS), rows


def drift_rows(drift: Drift) -> list[tuple[str, ...]]:
    """The features that moved most."""
    strongest = list(drift.psi.items())[:SHOWN_FEATURES]
    return [(name, f"{index:.3f}") for name, index in strongest]


def markdown(tested: Backtest) -> str:
    """The back-test as a document."""
    heads, row = ("", *HEADS), ("all 全部", *cell_row(tested.whole))
    parts = [
        f"# Back-test 回测 ({kind_of_data(tested)})",
        f"**{verdict(tested)}**",
        *(f"- {reason(cell)}" for cell in tested.alarms),
        *basis(tested),
        _table(heads, [row]),
    ]
    for by in MARGINS:
        parts += [
            f"## By {' × '.join(by)} 按{'×'.join(_ZH[n] for n in by)}",
            _table(*margin_table(tested, by)),
        ]
    parts += _drift_parts(tested.drift)
    return "\n\n".join(parts) + "\n"


def _drift_parts(drift: Drift | None) -> list[str]:
    if drift is None:
        return []
    return [
        "## Drift of the claims 样本漂移 (information, no alarm 仅供参考)",
        f"{drift.new_claims:,} claims against {drift.known_claims:,} learnt from: a "
        f"classifier tells them apart with an AUC of {drift.domain_auc:.3f} (0.5 is "
        "not at all).",
        _table(("feature 特征", "PSI"), drift_rows(drift)),
    ]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_plain(c) for c in line)} |" for line in lines)


def _plain(cell: str) -> str:
    """Text that cannot end a cell of a Markdown table."""
    return cell.replace("|", "\\|").replace("\n", " ")


def print_backtest(tested: Backtest) -> None:
    """Print what was judged, the reasons and the verdict, on stdout."""
    cells = tested.margin("vintage", "product")
    judged = [cell for cell in cells if cell.standing != "too_few"]
    table = Table(title=f"Actual over expected cash ({kind_of_data(tested)})")
    for number, head in enumerate(TERMINAL_HEADS):
        table.add_column(
            head,
            justify="left" if number < 2 else "right",
            no_wrap=head in UNBROKEN,
        )
    for cell in judged:
        table.add_row(cell.vintage, cell.product, *_terminal_row(cell))
    table.add_section()
    table.add_row(ALL, ALL, *_terminal_row(tested.whole))
    console = Console(width=WIDTH)
    console.print(table)
    few = f"{len(cells) - len(judged)} further cells hold too few claims to be judged."
    for line in (few, *basis(tested), *map(reason, tested.alarms), verdict(tested)):
        console.print(line, highlight=False, markup=False)


def _terminal_row(cell: Cell) -> tuple[str, ...]:
    return (*cell_row(cell)[:-1], cell.standing.replace("_", " "))
