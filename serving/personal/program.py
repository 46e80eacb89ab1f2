"""Commands on personal data: keys, destruction and its certificates."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from features.console import print_figures
from features.errors import InputError
from features.personal.keys import fingerprint
from serving.commands.desk import open_desk, open_records
from serving.commands.options import FilePath, json_option
from serving.files import named_form, write_file
from serving.personal.certificate import FORMS
from serving.personal.destroying import Wish, certificate, destroy
from serving.personal.rotating import rotate

language_option = click.option(
    "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)


@click.group()
def personal() -> None:
    """Keys of personal data, and its destruction."""


@personal.command()
@json_option
def keys(*, as_json: bool) -> None:
    """Show the keys of this installation by name and fingerprint; make them if none."""
    with open_desk(model=False) as desk:
        kept = desk.store.key_place.keys()
    prints = {name: fingerprint(key) for name, key in kept.wrapping.items()}
    if as_json:
        print_figures({"present": kept.present, "keys": prints})
    for name, shown in {} if as_json else prints.items():
        mark = "wraps" if name == kept.present else "opens"
        click.echo(f"{name}  {shown}  {mark}")


@personal.command(name="rotate")
@click.option("--new", is_flag=True, help="Make a new key first.")
@click.option("--forget", is_flag=True, help="Take older keys out of the file after.")
@json_option
def rotate_keys(*, new: bool, forget: bool, as_json: bool) -> None:
    """Wrap the keys of all packages with the newest key."""
    with open_records() as desk:
        done = rotate(desk.store, new=new, forget=forget)
    if as_json:
        print_figures({"key": done.key, "wrapped": done.wrapped, "old": list(done.old)})
    else:
        click.echo(f"{done.wrapped} keys wrapped with {done.key}")


@personal.command()
@click.argument("package", required=False)
@click.option(
    "--older-than", type=click.IntRange(1), metavar="DAYS", help="All kept longer."
)
@click.option("--out", type=FilePath, help="Certificate as .json, .html or .pdf.")
@language_option
@json_option
def delete(
    package: str | None,
    older_than: int | None,
    out: Path | None,
    language: Any,
    *,
    as_json: bool,
) -> None:
    """Destroy what is known of the persons in PACKAGE, or in all that are older.

    PACKAGE is a package with all its valuations, one valuation or one draft. What was
    destroyed cannot be had back.
    """
    if (package is None) == (older_than is None):
        raise InputError("name a package, or --older-than DAYS")
    made = None if out is None else named_form(out, FORMS)
    days = None if older_than is None else timedelta(days=older_than)
    with open_records() as desk:
        content = destroy(desk.store, Wish(package, days))
    if made is not None and out is not None:
        write_file(made(content, language), out)
    _say(content, as_json=as_json)


@personal.command(name="certificate")
@click.argument("identifier")
@click.argument("out", type=FilePath)
@language_option
def write_certificate(identifier: str, out: Path, language: Any) -> None:
    """Write certificate IDENTIFIER to OUT, a .json, .html or .pdf."""
    made = named_form(out, FORMS)
    with open_records() as desk:
        content = certificate(desk.store, identifier)
    write_file(made(content, language), out)


def _say(content: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(content).decode())
        return
    click.echo(
        f"Destroyed: {content['persons']} persons behind {content['claims']} claims, "
        f"{len(content['keys'])} keys; certificate {content['certificate']}"
    )
