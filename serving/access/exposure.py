"""What is wrong with how an installation shows itself to others than its machine."""

from collections.abc import Iterator
from ipaddress import ip_address

from sqlalchemy import func, or_, select

from serving.access.hosts import ANY, LOOPBACK, Hosts
from serving.access.tables import Person
from serving.settings import Settings
from serving.storage.store import Store


def exposures(settings: Settings, store: Store) -> Iterator[str]:
    """Warnings on how the service can be reached by others, a sentence each.

    Args:
        settings: Of the installation, with the address that is listened on.
        store: Where persons are.

    Raises:
        StoreError: The store does not answer.
    """
    if is_local(settings.host):
        return
    if not settings.by_https:
        yield (
            f"it listens on {settings.host} in plain HTTP: keys and sessions can be "
            "read on their way; put a proxy with TLS before it and set "
            "RECOUP_PUBLIC_ADDRESS=https://…"
        )
    if ANY in Hosts.of(settings).names:
        yield (
            "RECOUP_HOSTS=* takes any name: pages elsewhere can reach it through a "
            "browser; name the hosts"
        )
    if settings.oidc_issuer is None and not _knows_somebody(store):
        yield (
            "nobody is known but whoever runs commands on this machine; add persons "
            "by python -m serving access person, or set RECOUP_OIDC_ISSUER"
        )


def is_local(host: str) -> bool:
    """Whether an address is that of this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK


def _knows_somebody(store: Store) -> bool:
    here = Person.subject.startswith("local:")
    others = or_(Person.subject.is_(None), ~here)
    query = select(func.count()).where(others, Person.disabled_at.is_(None))
    with store.session_of_all() as session:
        return bool(session.scalar(query))
