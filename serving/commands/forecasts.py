"""Forecasts on record as a file, for back-tests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from features.console import print_figures
from features.forecasts import write_forecasts
from serving.commands.desk import open_records
from serving.commands.options import FilePath, json_option
from serving.forecasts import forecast_table
from serving.storage.listing import Filters

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("out", type=FilePath)
@click.option("--from", "first", type=DAY, help="Valuations since this day, in UTC.")
@click.option("--to", "last", type=DAY, help="Valuations up to this day, included.")
@json_option
def forecasts(
    out: Path, first: datetime | None, last: datetime | None, as_json: bool
) -> None:
    """Write what was forecast of every claim on record to OUT, a parquet file."""
    since = first and first.replace(tzinfo=UTC)
    until = last and last.replace(tzinfo=UTC) + timedelta(days=1)
    with open_records() as desk:
        filters = Filters(created_after=since, created_before=until)
        table = forecast_table(desk.store, filters)
        desk.note("export.forecasts", facts={"claims": len(table)})
    write_forecasts(table, out)
    if as_json:
        print_figures({"out": str(out), "claims": len(table)})
    else:
        click.echo(f"Forecasts of {len(table):,} claims written to {out}")
