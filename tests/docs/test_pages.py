"""Pages that programs make, and tables that repeat what a program says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from features import dictionary
from serving.settings import Settings
from training.data import SBA_VARIABLE

NO_DEFAULT = {"price_yuan", "factor_correlation", "payments"}


def cells(document: str, first: str) -> list[list[str]]:
    """Rows of the table whose first heading is this one, without backquotes."""
    lines = iter(document.splitlines())
    next(line for line in lines if line.startswith(f"| {first} |"))
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def quoted(cell: str) -> str:
    found = re.match("`([^`]*)`", cell)
    return found[1] if found else ""


def test_the_data_dictionary_is_the_catalogue(root: Path) -> None:
    page = (root / "docs" / "data-dictionary.md").read_text("utf-8")

    assert page == dictionary.markdown()


@pytest.mark.parametrize(
    ("page", "program"),
    [
        ("configuration.md", "make_configuration.py"),
        ("api.md", "make_api.py"),
        ("cli.md", "make_cli.py"),
        ("roles.md", "make_roles.py"),
        ("hostile-input.md", "make_hostile_input.py"),
        ("audit-actions.md", "make_actions.py"),
    ],
)
def test_a_made_page_is_what_its_program_makes(
    root: Path, made_page: Callable[[str], str], page: str, program: str
) -> None:
    written = (root / "docs" / page).read_text("utf-8")

    assert written == made_page(program), f"run: python docs/{program} > docs/{page}"


@pytest.mark.parametrize(
    ("name", "head"), [("README.md", "variable"), ("README.zh.md", "变量")]
)
def test_a_readme_names_settings_with_their_defaults(
    documents: dict[str, str], name: str, head: str
) -> None:
    stated = {quoted(row[0]): quoted(row[1]) for row in cells(documents[name], head)}
    known = {f"RECOUP_{n.upper()}": f for n, f in Settings.model_fields.items()}

    assert set(stated) <= {*known, SBA_VARIABLE}
    for variable, field in ((v, known[v]) for v in stated if v in known):
        kind: TypeAdapter[Any] = TypeAdapter(field.annotation)
        assert kind.validate_python(stated[variable]) == field.default, variable
