"""The verbs of python -m training about who is champion, and why."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from features.console import print_figures, say
from features.errors import RecoupError, StoreError
from training.governance.alias import alias_problems
from training.governance.decisions_log import (
    MOST_REASON_CHARACTERS,
    Decision,
    acting_user,
    read_log,
)
from training.governance.gate import Judgement
from training.mlflow_store import open_store
from training.options import json_option

WIDTH = 118
EXAMPLE = "2026-11-22T10:00+00:00"


def _short(_: click.Context, __: click.Parameter, text: str) -> str:
    if len(text) > MOST_REASON_CHARACTERS:
        raise click.BadParameter(
            f"{len(text)} characters, the log keeps {MOST_REASON_CHARACTERS}"
        )
    return text.strip()


def _instant(_: click.Context, __: click.Parameter, text: str | None) -> Any:
    """A time with its zone; without one it would mean another time elsewhere."""
    try:
        instant = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time such as {EXAMPLE}") from None
    if instant and instant.tzinfo is None:
        raise click.BadParameter(f"{text!r} names no zone, write it as {EXAMPLE}")
    return instant


version_argument = click.argument("version", type=click.IntRange(min=1))
by_option = click.option(
    "--by", default=acting_user, callback=_short, help="Who decides; you by default."
)
reason_option = click.option(
    "--reason", default="", callback=_short, help="Why, kept in the log."
)


@click.command()
@version_argument
@by_option
@reason_option
@click.option("--force", is_flag=True, help="Promote past the gate; needs --reason.")
@json_option
def promote(version: int, by: str, reason: str, force: bool, as_json: bool) -> None:
    """Make VERSION champion if it passes the gate against the present one."""
    from training.governance import promotion

    if force and not reason:
        raise click.UsageError("--force needs --reason: it is kept in the log")
    client = open_store()
    _warn(client)
    outcome = promotion.promote(client, version, by, reason, force)
    if as_json:
        print_figures(outcome.figures())
    else:
        _print_judgement(outcome.judgement)
    outcome.check()
    if not as_json:
        click.echo(sentence(outcome.decision))
    _keep_approved_card(client, outcome.decision)


@click.command()
@by_option
@reason_option
@json_option
def rollback(by: str, reason: str, as_json: bool) -> None:
    """Return to the champion before the present one, at once."""
    from training.governance.promotion import roll_back

    client = open_store()
    _warn(client)
    decision = roll_back(client, by, reason)
    if as_json:
        print_figures(decision.model_dump(mode="json"))
    else:
        click.echo(sentence(decision))


@click.command()
@version_argument
@json_option
def pin(version: int, as_json: bool) -> None:
    """Check VERSION and note the hash of its files, without which none serves it."""
    from training.governance.versions import pin_version

    files = pin_version(open_store(), version)
    if as_json:
        print_figures({"version": version, "files_sha256": files})
    else:
        click.echo(f"version {version} is pinned to {files}")


@click.command()
@click.option("--verify", is_flag=True, help="Fail if anything was altered.")
@json_option
def decisions(verify: bool, as_json: bool) -> None:
    """List every decision on the champion and check that none was altered."""
    client = open_store()
    log = read_log(client)
    problems = [*log.problems, *alias_problems(client, log)]
    if as_json:
        told = [d.model_dump(mode="json") for d in log.decisions]
        figures = {"decisions": told, "last_sha256": log.last_seal}
        print_figures({**figures, "problems": problems})
    else:
        for decision in log.decisions:
            click.echo(sentence(decision))
        click.echo(f"{len(log.decisions)} decisions, last {log.last_seal[:12]}")
        _tell_problems(problems)
    if verify and problems:
        raise StoreError(f"the log of decisions fails its checks: {problems[0]}")


@click.command()
@click.option("--at", callback=_instant, help=f"A time, such as {EXAMPLE}; now.")
@json_option
def champion(at: datetime | None, as_json: bool) -> None:
    """Tell which version priced at a time, since when and by whose decision."""
    client = open_store()
    log = read_log(client)
    asked = at or datetime.now().astimezone()
    decision = log.champion_at(asked)
    _tell_problems([*log.problems, *(() if at else alias_problems(client, log))])
    if as_json:
        told = decision.model_dump(mode="json")
        print_figures({**told, "at": asked.isoformat(), "since": told["at"]})
    else:
        click.echo(f"{asked.isoformat()}: {sentence(decision)}")


@click.command()
@version_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to FILE.html or FILE.md; Markdown on stdout otherwise.",
)
def card(version: int, out: Path | None) -> None:
    """Show the model card of VERSION with every decision taken on it."""
    from training.governance.pages import SUFFIXES, read_card, render

    suffix = out.suffix.removeprefix(".") if out else "md"
    if suffix not in SUFFIXES:
        raise click.BadParameter(
            f"{out} ends in neither .html nor .md", param_hint="--out"
        )
    client = open_store()
    page = render(read_card(client, version), read_log(client), suffix)
    if out is None:
        click.echo(page)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, "utf-8")
    click.echo(f"Card of version {version} written to {out}")


def _keep_approved_card(client: Any, decision: Decision) -> None:
    """Keep the card as approved; the promotion stands even where it has none."""
    from training.governance.pages import log_pages, read_card

    try:
        facts = read_card(client, decision.version)
        log_pages(client, facts, read_log(client), f"approved-{decision.number:06d}")
    except RecoupError as error:
        say(f"warning: no approved card was kept: {error}")


def sentence(decision: Decision) -> str:
    """A decision as one line."""
    verbs = {
        "crowned": "became champion as the first version",
        "promoted": "was promoted",
        "forced": "was promoted PAST THE GATE",
        "refused": "was refused",
        "rolled_back": "was returned to",
    }
    instead = f" instead of version {decision.from_version}"
    if decision.from_version is None or not decision.moves_champion:
        instead = ""
    reason = f": {json.dumps(decision.reason, ensure_ascii=False)}"
    return (
        f"{decision.number}. version {decision.version} ({decision.sha256[:12]}) "
        f"{verbs[decision.kind]}{instead} on {decision.at.isoformat()} by "
        f"{decision.by}{reason if decision.reason else ''}"
    )


def _print_judgement(judgement: Judgement) -> None:
    table = Table(title=f"{judgement.claims:,} claims tested by both, out of time")
    for head in ("rule", "champion", "challenger", "limit", "verdict", "note"):
        table.add_column(head)
    for rule in judgement.rules:
        table.add_row(*rule.cells())
    Console(width=WIDTH).print(table)


def _warn(client: Any) -> None:
    log = read_log(client)
    _tell_problems([*log.problems, *alias_problems(client, log)])


def _tell_problems(problems: list[str]) -> None:
    for problem in problems:
        say(f"warning: {problem}")
