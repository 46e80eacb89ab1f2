"""Whoever brings a history may read Chinese alone."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parents[2]


def _refusals() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("features", "training"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if _is_refusal(node):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def _is_refusal(node: ast.AST) -> TypeGuard[ast.Call]:
    named = node.func if isinstance(node, ast.Call) else None
    return isinstance(named, ast.Name) and named.id == "HistoryError"


def test_every_refusal_of_a_history_is_told_in_chinese_too() -> None:
    refusals = dict(_refusals())
    mute = [
        place
        for place, call in refusals.items()
        if len(call.args) < 3 and all(word.arg != "zh" for word in call.keywords)
    ]
    assert len(refusals) > 30
    assert mute == []
