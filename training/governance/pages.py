"""A model card as pages: HTML that stands alone, and Markdown."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from pydantic import ValidationError

from features.errors import StoreError
from training.governance.decisions_log import Decision, DecisionLog
from training.governance.facts import Card
from training.governance.gate import Rule
from training.governance.versions import artefact_text, run_of
from training.mlflow_store import answering

TEMPLATES = Path(__file__).parent / "templates"
CARD_FACTS = "card/model-card.json"
SUFFIXES = ("html", "md")
YEAR_FIGURES: Mapping[str, str] = {
    "claims": "tested",
    "rmse": "RMSE",
    "r2": "R²",
    "spearman": "Spearman",
    "crps": "CRPS",
    "package_error": "package error",
    "actual_to_expected": "actual / expected",
    "pit_distance": "PIT distance",
}


def render(card: Card, log: DecisionLog, suffix: str) -> str:
    """A card with the decisions on its version, as a page.

    Args:
        card: The facts.
        log: Every decision; those about other versions are left out.
        suffix: ``html`` or ``md``.
    """
    about = log.about(card.version)
    template = _environment().get_template(f"model-card.{suffix}.jinja")
    return template.render(
        card=card,
        standing=standing(card.version, log),
        decisions=about,
        gate=_gate(card.version, about),
        figures=YEAR_FIGURES,
        changed=card.reference.level / card.reference.expected_rate - 1,
    )


def standing(version: int, log: DecisionLog) -> str:
    """Whether a version was approved, by whom, and whether it reigns."""
    about = [d for d in log.about(version) if d.version == version]
    crowning = [d for d in about if d.moves_champion]
    if not crowning:
        return "not approved: refused by the gate" if about else "not approved yet"
    last = crowning[-1]
    reigns = log.reigns()[-1:] == [version]
    ways = {
        "crowned": "crowned as the first version, compared with none,",
        "promoted": "approved through the gate",
        "forced": "approved PAST THE GATE",
        "rolled_back": "champion again by a roll-back",
    }
    now = "champion" if reigns else "no longer champion"
    return f"{ways[last.kind]} by {last.by} on {last.at:%Y-%m-%d %H:%M} UTC; {now}"


def read_card(client: Any, version: int) -> Card:
    """The card that a version was registered with.

    Raises:
        NotFoundError: There is no such version, or it has no card.
        StoreError: Its card is damaged.
    """
    try:
        return Card.model_validate_json(artefact_text(client, version, CARD_FACTS))
    except ValidationError as error:
        raise StoreError(
            f"the card of version {version} is damaged: {error.errors()[0]['msg']}"
        ) from None


def log_pages(client: Any, card: Card, log: DecisionLog, name: str) -> None:
    """Keep the pages of a card in its version's run.

    Args:
        client: Client of the MLflow store.
        card: The facts.
        log: Every decision.
        name: Name of the pages, without ending.

    Raises:
        NotFoundError: There is no such version.
        StoreError: The store does not take them.
    """
    run_id = run_of(client, card.version)
    for suffix in SUFFIXES:
        page = render(card, log, suffix)
        with answering("did not take a page of the card"):
            client.log_text(run_id, page, f"card/{name}.{suffix}")


def log_facts(client: Any, card: Card) -> None:
    """Keep the facts of a card in its version's run."""
    client.log_text(card.run_id, card.model_dump_json(indent=1), CARD_FACTS)


def _gate(version: int, decisions: tuple[Decision, ...]) -> tuple[Rule, ...]:
    """The rules by which the version was last judged as a challenger."""
    judged = [d for d in decisions if d.version == version and d.figures]
    return tuple(Rule(**figures) for figures in judged[-1].figures) if judged else ()


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.jinja",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        rate="{:.1%}".format,
        figure=_figure,
        count="{:,.0f}".format,
        picture=_picture,
        cell=_cell,
    )
    return environment


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    whole = isinstance(value, int) or float(value).is_integer()
    return f"{value:,.0f}" if whole else f"{value:.4f}"


def _picture(svg: str) -> Markup:
    """A picture of ours within the page; its policy keeps anything in it from running.

    Raises:
        StoreError: It is no picture.
    """
    if not svg.startswith("<svg"):
        raise StoreError("a picture of the card is damaged")
    return Markup(svg)  # noqa: S704 - drawn by training.charts, which escapes text  # nosec B704


def _cell(value: object) -> str:
    """Text within a line or a table of Markdown, without any markup of its own."""
    line = " ".join(escape(str(value), quote=False).split())
    for mark in "\\`*_[]|":
        line = line.replace(mark, "\\" + mark)
    return line
