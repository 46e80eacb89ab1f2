"""Results as JSON and as the Markdown table of docs/performance.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.result import Result

_HEADS = ("work", "ours", "peer", "times better", "to reach", "reached", "same bits")
_WORDS = {True: "yes", False: "**no**", None: ""}


def as_json(results: Sequence[Result], machine: Mapping[str, str]) -> str:
    """Everything that was measured."""
    told = [_told(result) for result in results]
    return json.dumps({"machine": machine, "results": told}, indent=1) + "\n"


def _told(result: Result) -> dict[str, Any]:
    return {**asdict(result), "ratio": result.ratio, "reached": result.reached}


def as_markdown(results: Iterable[Result], machine: Mapping[str, str]) -> str:
    """The machine in a line and the table of results."""
    described = "; ".join(f"{name} {value}" for name, value in machine.items())
    lines = [_HEADS, ("---",) * len(_HEADS), *(_cells(r) for r in results)]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return f"{described}\n\n{table}\n"


def _cells(result: Result) -> tuple[str, ...]:
    return (
        result.work,
        _value(result.ours, result.unit),
        _peer(result),
        _times(result),
        _target(result),
        _WORDS[result.reached] if _target(result) else "",
        _WORDS[result.same_bits],
    )


def _value(value: float, unit: str) -> str:
    return f"{short(value)} {unit}".strip()


def short(value: float) -> str:
    """A number in three significant digits, whole from 100 on."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _peer(result: Result) -> str:
    if result.peer is None:
        return result.against
    return f"{_value(result.peer, result.unit)} ({result.against})"


def _times(result: Result) -> str:
    if result.ratio is None:
        return ""
    least, most = min(result.ratios), max(result.ratios)
    return f"{short(result.ratio)} ({short(least)} to {short(most)})"


def _target(result: Result) -> str:
    stated = []
    if result.least_ratio is not None:
        stated.append(f"≥ {short(result.least_ratio)} ×")
    if result.most is not None:
        stated.append(f"≤ {_value(result.most, result.unit)}")
    return ", ".join(stated)
