"""What is older than an installation keeps it, shown or removed."""

from datetime import UTC, datetime, timedelta

import click

from features.console import print_figures
from serving.access.local import opened_store
from serving.access.who import local_user
from serving.commands.options import json_option
from serving.settings import read_settings
from serving.storage.retention import Terms, find_old, remove_old

_Days = click.IntRange(1, 36_500)


@click.command()
@click.option("--drafts-days", type=_Days, help="RECOUP_DRAFTS_DAYS otherwise.")
@click.option("--keys-days", type=_Days, help="RECOUP_KEYS_DAYS otherwise.")
@click.option(
    "--valuations-days",
    type=_Days,
    help="Also valuations with their reviews that are older; those that newer ones "
    "follow stay.",
)
@click.option("--apply", "applied", is_flag=True, help="Remove it; shown only without.")
@json_option
def retention(
    drafts_days: int | None,
    keys_days: int | None,
    valuations_days: int | None,
    *,
    applied: bool,
    as_json: bool,
) -> None:
    """Show what is older than it is kept, or remove it for ever.

    Every draft and valuation that goes is noted in the audit log.
    """
    settings = read_settings()
    terms = Terms(
        timedelta(days=drafts_days or settings.drafts_days),
        timedelta(days=keys_days or settings.keys_days),
        timedelta(days=valuations_days) if valuations_days else None,
    )
    with opened_store(settings) as store:
        if applied:
            old = remove_old(store, terms, local_user())
        else:
            old = find_old(store, terms, datetime.now(UTC))
    counts = {
        "drafts": len(old.drafts),
        "keys": old.keys,
        "valuations": len(old.valuations),
    }
    if as_json:
        print_figures({**counts, "followed": old.followed, "removed": applied})
        return
    for kind, count in counts.items():
        click.echo(f"{kind:<12}{count:>9,} {'removed' if applied else 'would go'}")
    if old.followed:
        click.echo(f"{old.followed:,} older valuations stay: newer ones follow them")
    if not applied:
        click.echo("Nothing was removed; --apply does it.")
