"""Who asks: a person or a program of one tenant, in some roles."""

import getpass
import os
from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "pricer", "approver", "modeller", "admin"]
DEFAULT_TENANT = "default"


@dataclass(frozen=True)
class Who:
    """Somebody the service knows.

    Attributes:
        tenant: The company whose valuations they may see at all.
        id: What tells them from everybody else, for ever: ``key:…`` an API key,
            ``person:…`` somebody who signed on, ``local:…`` a user of this machine.
        name: What they are called, for people.
        roles: What they may do.
    """

    tenant: str
    id: str
    name: str
    roles: frozenset[Role]


def service() -> Who:
    """The service itself, for what it does unasked."""
    return Who(DEFAULT_TENANT, "service", "Recoup", frozenset())


def local_user() -> Who:
    """Whoever runs a command on this machine, who may do everything with its files."""
    name = _user_name()
    every: frozenset[Role] = frozenset(
        ("viewer", "pricer", "approver", "modeller", "admin")
    )
    return Who(DEFAULT_TENANT, f"local:{name}", name, every)


def _user_name() -> str:
    """Name of the user; a container may run as one that has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
