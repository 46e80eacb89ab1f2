"""Papers about a valuation on record."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import get_args

import click

from features.catalogue import Language
from features.console import say
from serving.audit.actions import Action
from serving.commands.desk import open_records
from serving.commands.options import FilePath
from serving.files import named_form, write_file
from serving.reports.announcement.draft import sale_announcement
from serving.reports.announcement.page import html_page
from serving.reports.committee.report import committee_report
from serving.reports.paper import Paper
from serving.reports.subject import Subject
from serving.reports.typesetting import typeset
from serving.reports.words import Words
from serving.workbench.numbers import AmountUnit

Made = Callable[[Paper, Subject], bytes]
language_option = click.option(
    "--language", type=click.Choice(get_args(Language)), default="zh", show_default=True
)
unit_option = click.option(
    "--unit",
    type=click.Choice(get_args(AmountUnit)),
    help="Unit of amounts; wan in Chinese and yuan in English when absent.",
)


def _pdf(paper: Paper, subject: Subject) -> bytes:
    return typeset(paper, subject.created_at)


def _html(paper: Paper, _: Subject) -> bytes:
    return html_page(paper).encode()


REPORT_FORMS: Mapping[str, Made] = MappingProxyType({".pdf": _pdf})
ANNOUNCEMENT_FORMS: Mapping[str, Made] = MappingProxyType(
    {".pdf": _pdf, ".html": _html}
)


def _write(
    identifier: str,
    out: Path,
    action: Action,
    made: Made,
    about: Callable[[Subject, Words], Paper],
    words: Words,
) -> None:
    """Write a paper about a valuation on record into a file, and note it."""
    with open_records() as desk:
        # A paper says where another model serves by now; it can be made without.
        desk.champion.recall()
        subject = Subject.of(desk, identifier)
        content = made(about(subject, words), subject)
        named = subject.record.id
        desk.note_export(action, named, content, language=words.language)
    write_file(content, out)


@click.command()
@click.argument("identifier")
@click.argument("out", type=FilePath)
@language_option
@unit_option
def report(
    identifier: str, out: Path, language: Language, unit: AmountUnit | None
) -> None:
    """Write the committee report of valuation or package IDENTIFIER to OUT, a .pdf."""
    made = named_form(out, REPORT_FORMS)
    words = Words.of(language, unit)
    _write(identifier, out, "export.report", made, committee_report, words)
    say(f"Report written to {out}")


@click.command()
@click.argument("identifier")
@click.argument("out", type=FilePath)
@language_option
@unit_option
def announcement(
    identifier: str, out: Path, language: Language, unit: AmountUnit | None
) -> None:
    """Draft the sale announcement of IDENTIFIER to OUT, a .pdf or .html."""
    made = named_form(out, ANNOUNCEMENT_FORMS)
    words = Words.of(language, unit)
    _write(identifier, out, "export.announcement", made, sale_announcement, words)
    say(f"Draft written to {out}")
