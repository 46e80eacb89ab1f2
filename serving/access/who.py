"""Who asks: a person or a program of one tenant, in some roles."""

import getpass
import os
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["viewer", "pricer", "approver", "modeller", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
EVERY_ROLE: frozenset[Role] = frozenset(ROLES)
DEFAULT_TENANT = "default"
# What concerns every tenant; none is called so.
EVERY_TENANT = "*"


@dataclass(frozen=True)
class Who:
    """Somebody the service knows.

    Attributes:
        tenant: The company whose valuations they may see at all.
        id: What tells them from everybody else, for ever: ``person:…`` somebody who
            signed on or whose key spoke, ``local:…`` a user of this machine.
        name: What they are called, for people.
        roles: What they may do.
        key: Identifier of the API key that spoke for them; None where none did.
    """

    tenant: str
    id: str
    name: str
    roles: frozenset[Role]
    key: str | None = None


# Belongs to no tenant, so that nothing is there for it.
NOBODY = Who("", "nobody", "nobody", frozenset())


def service() -> Who:
    """The service itself, for what it does unasked."""
    return Who(EVERY_TENANT, "service", "Recoup", frozenset())


def local_user() -> Who:
    """Whoever runs a command on this machine, who may do everything with its files."""
    name = _user_name()
    return Who(DEFAULT_TENANT, f"local:{name}", name, EVERY_ROLE)


def _user_name() -> str:
    """Name of the user; a container may run as one that has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
