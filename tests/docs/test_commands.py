"""Commands and requests that documents tell people to send."""

import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from models.pricing.assumptions import Assumptions
from serving.intake import order_of_request

READMES = ("README.md", "README.zh.md")
MODULE = re.compile(r"python -m ([\w.]+)([^`\n#>&)]*)")
SCRIPT = re.compile(r"python ((?:docs|examples)/\w+\.py)")
MAKE = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def fenced(document: str, language: str) -> str:
    """Everything in the blocks of a language."""
    return "\n".join(t for kind, t in FENCED.findall(document) if kind == language)


def program(module: str) -> click.Command:
    """The program that ``python -m`` runs.

    Raises:
        ImportError: There is no such module, or it is no program.
    """
    found = importlib.import_module(module)
    if hasattr(found, "__path__"):
        found = importlib.import_module(f"{module}.__main__")
    command = getattr(found, "program", None) or getattr(found, "main", None)
    if not isinstance(command, click.Command):
        raise ImportError(f"{module} is no program")
    return command


def parse(module: str, words: list[str]) -> click.Context | None:
    """What Click makes of a command line; a bare verb need only exist.

    Raises:
        click.UsageError: There is no such option, or an argument is missing or wrong.
        KeyError: There is no such verb.
        ImportError: There is no such program.
    """
    command = program(module)
    while isinstance(command, click.Group) and words:
        verb = command.get_command(click.Context(command), words.pop(0))
        if verb is None:
            raise KeyError(module)
        command = verb
    return command.make_context(module, words) if words else None


def test_every_command_line_is_one_that_its_program_reads(
    documents: dict[str, str],
) -> None:
    read = 0
    for name, text in documents.items():
        for module, line in MODULE.findall(text.replace("\\\n", " ")):
            try:
                parse(module, shlex.split(line))
            except (ImportError, KeyError, click.UsageError) as error:
                pytest.fail(f"{name}: python -m {module}{line}: {error!r}")
            read += 1
    assert read > 10


def test_every_script_exists(root: Path, sources: dict[str, str]) -> None:
    for name, text in sources.items():
        for script in SCRIPT.findall(text):
            assert (root / script).is_file(), f"{name}: {script}"


@pytest.mark.parametrize("name", READMES)
def test_a_readme_tells_of_every_verb_of_the_makefile(
    documents: dict[str, str], sources: dict[str, str], name: str
) -> None:
    verbs = re.findall(r"^([a-z-]+):.*## ", sources["Makefile"], re.MULTILINE)

    assert set(MAKE.findall(documents[name])) == set(verbs)


def test_no_other_document_names_an_absent_verb(
    documents: dict[str, str], sources: dict[str, str]
) -> None:
    verbs = set(re.findall(r"^([a-z-]+):", sources["Makefile"], re.MULTILINE))

    for name, text in documents.items():
        called = set(re.findall(r"`make ([a-z-]+)", text))
        assert called <= verbs, name


@pytest.mark.parametrize("name", READMES)
def test_the_request_of_a_readme_can_be_valued(
    documents: dict[str, str], name: str
) -> None:
    shell = fenced(documents[name], "sh")
    body = re.search(r"-d '(.*?)'", shell, re.DOTALL)
    stated = re.search(r"assumptions=({.*?})", shell)

    assert body is not None
    assert stated is not None
    assert len(order_of_request(body[1].encode(), 10).submission.package) == 1
    assert Assumptions.of(json.loads(stated[1])) != Assumptions()


@pytest.mark.parametrize("name", READMES)
def test_the_python_of_a_readme_is_python(documents: dict[str, str], name: str) -> None:
    assert compile(fenced(documents[name], "python"), name, "exec")


@pytest.mark.parametrize("name", ["serving", "training"])
def test_the_list_of_verbs_tells_the_first_sentence_of_each(name: str) -> None:
    listed = importlib.import_module(f"{name}.__main__").VERBS
    for verb, (module, told) in listed.items():
        help_text = getattr(importlib.import_module(module), verb).help
        assert told == " ".join(help_text.partition("\n\n")[0].split())


@pytest.mark.parametrize("name", ["serving", "training"])
def test_help_imports_no_verb(name: str) -> None:
    """None of what takes seconds: a list of verbs is wanted at once."""
    command = [sys.executable, "-X", "importtime", "-m", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    assert "click" in imported
    assert imported.isdisjoint({"fastapi", "mlflow", "lightgbm", "sqlalchemy"})
