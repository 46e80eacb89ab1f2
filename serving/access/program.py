"""python -m serving access: persons, keys, links, sessions and tenants."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import click

from features.console import print_figures
from features.errors import InputError
from serving.access import links, sessions
from serving.access.keys import Keys, Limits
from serving.access.lines import key_line, person_line, session_line
from serving.access.local import opened_store
from serving.access.persons import Persons, Tenants, local_person
from serving.access.who import DEFAULT_TENANT, ROLES, local_user
from serving.settings import read_settings
from serving.storage.store import Store

_tenant = click.option(
    "--tenant", default=DEFAULT_TENANT, show_default=True, help="Whose persons."
)
_person = click.option(
    "--person", help="Identifier of a person; whoever runs this command otherwise."
)
_roles = click.option(
    "--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be repeated."
)


@click.group()
def access() -> None:
    """Say who may use the service: everything is printed as JSON."""


@access.command("person")
@click.argument("name", required=False)
@_roles
@_tenant
@click.option("--change", metavar="ID", help="Give this person the name and roles.")
@click.option("--disable", metavar="ID", help="Shut this person out, at once.")
@click.option("--enable", metavar="ID", help="Let this person in again.")
def person(
    name: str | None,
    roles: tuple[str, ...],
    tenant: str,
    change: str | None,
    disable: str | None,
    enable: str | None,
) -> None:
    """Make NAME known in some roles, or show everybody who is."""
    _check_acts(name, {"--change": change, "--disable": disable, "--enable": enable})
    with _store(tenant) as store:
        persons = Persons(store)
        if disable:
            persons.disable(disable)
        elif enable:
            persons.enable(enable)
        elif name and change:
            persons.change(change, name, roles)
        elif name:
            persons.add(name, roles)
        print_figures({"persons": [person_line(each) for each in persons.all()]})


@access.command("link")
@_person
@_tenant
@click.option("--address", help="Of the service; as it is set otherwise.")
def link(person: str | None, tenant: str, address: str | None) -> None:
    """Print a link that signs a person in: once, within 15 minutes."""
    with _store(tenant) as store:
        token = links.issue(store, person or _whoever_runs_this(store))
    at = address or read_settings().home
    print_figures({"link": f"{at.rstrip('/')}/sign-in/{token}"})


@access.command("key")
@click.argument("name", required=False)
@_person
@_roles
@_tenant
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650))
@click.option("--requests-a-minute", type=click.IntRange(1))
@click.option("--largest-body-bytes", type=click.IntRange(1024))
@click.option("--revoke", metavar="ID", help="Identifier or prefix of a key.")
@click.option("--bare", is_flag=True, help="Print the new key and nothing else.")
def key(
    name: str | None,
    person: str | None,
    roles: tuple[str, ...],
    tenant: str,
    days: int,
    requests_a_minute: int | None,
    largest_body_bytes: int | None,
    revoke: str | None,
    *,
    bare: bool,
) -> None:
    """Issue an API key called NAME, shown this once, or show every key."""
    _check_acts(name, {"--revoke": revoke})
    limits = Limits(requests_a_minute, largest_body_bytes)
    with _store(tenant) as store:
        keys, issued = Keys(store), {}
        if revoke:
            keys.revoke(revoke)
        elif name:
            of = person or _whoever_runs_this(store)
            made = keys.issue(of, name, roles or None, timedelta(days=days), limits)
            issued = {"key": made.text}
        if bare and issued:
            click.echo(issued["key"])
            return
        print_figures({**issued, "keys": [key_line(*each) for each in keys.all()]})


@access.command("session")
@click.option("--end", metavar="PERSON", help="Sign this person out everywhere.")
@_tenant
def session(end: str | None, tenant: str) -> None:
    """Show where persons are signed in."""
    with _store(tenant) as store:
        if end:
            sessions.end_all(store, end)
        lifetime = sessions.Lifetime.of(read_settings())
        found = sessions.open_sessions(store, lifetime)
        lines = [session_line(*each) for each in found]
        print_figures({"sessions": lines})


@access.command("tenant")
@click.argument("identifier", required=False)
@click.option("--name", help="What it is called; its identifier otherwise.")
def tenant(identifier: str | None, name: str | None) -> None:
    """Let another company in under an IDENTIFIER, or show every one."""
    with opened_store(read_settings()) as store:
        tenants = Tenants(store)
        if identifier:
            tenants.add(identifier, name or identifier)
        print_figures(
            {"tenants": [{"id": each.id, "name": each.name} for each in tenants.all()]}
        )


def _check_acts(name: str | None, stated: Mapping[str, str | None]) -> None:
    """Refuse what would be done in part, or not at all.

    Args:
        name: What the command was given as NAME.
        stated: Options that each ask for an act of its own.

    Raises:
        InputError: There are several acts, or NAME fits none of them.
    """
    acts = [option for option, value in stated.items() if value]
    if len(acts) > 1:
        several = " and ".join(acts)
        raise InputError(
            f"{several} are acts of their own: state one of them",
            zh=f"{'与'.join(acts)}不能同时使用：请只指定其中一项",
        )
    if acts == ["--change"] and not name:
        raise InputError(
            "--change gives a name and roles: state NAME and --role too",
            zh="--change 变更姓名和角色：请同时给出 NAME 和 --role",
        )
    if acts and acts != ["--change"] and name:
        raise InputError(
            f"{acts[0]} takes no NAME: leave it out",
            zh=f"{acts[0]} 不带 NAME：请去掉",
        )


@contextmanager
def _store(tenant: str) -> Iterator[Store]:
    with opened_store(read_settings(), replace(local_user(), tenant=tenant)) as store:
        Tenants(store).check(tenant)
        yield store


def _whoever_runs_this(store: Store) -> str:
    return local_person(store).id
