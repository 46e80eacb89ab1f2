"""Names that the service answers to: whoever asks for another is refused.

A page elsewhere may have a browser take its own name for the address of this machine,
and would be of one origin with the service. The name that the browser asks for tells.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from socket import gethostname
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from features.errors import Finding, WrongHostError
from serving.problems import problem_of
from serving.settings import EVERYWHERE, Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY = "*"
# Whoever starts and stops processes asks by their addresses.
_PROBES = "/health/"
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?")


@dataclass(frozen=True)
class Hosts:
    """Host names that the service answers to.

    Attributes:
        names: Its names, in small letters.
        by_number: Whether any address will do: it listens on all of the machine's.
    """

    names: frozenset[str]
    by_number: bool

    @classmethod
    def of(cls, settings: Settings) -> "Hosts":
        """The host names of an installation."""
        everywhere = settings.host in EVERYWHERE
        names = (
            *LOOPBACK,
            gethostname() if everywhere else settings.host,
            urlsplit(settings.public_address or "").hostname or "",
            *settings.hosts.split(","),
        )
        shown = (name.strip().lower().rstrip(".") for name in names)
        return cls(frozenset(name for name in shown if name), everywhere)

    def know(self, name: str) -> bool:
        """Whether the service answers to a name."""
        if name in self.names or ANY in self.names:
            return True
        return self.by_number and _is_number(name)


class HostGuard:
    """ASGI middleware: 421 for names that are not the service's."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        """Stand before an application.

        Args:
            app: The application.
            hosts: What it may be called.
        """
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that means this service."""
        if scope["type"] == "http" and not scope["path"].startswith(_PROBES):
            stated = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
            if len(stated) != 1 or not self._hosts.know(_name(stated[0])):
                refused = problem_of(Request(scope), _refusal(", ".join(stated)))
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _name(stated: str) -> str:
    """The name in a header, without its port; empty where there is none."""
    found = _HOST.fullmatch(stated.lower())
    return "" if found is None else (found[1] or found[2]).rstrip(".")


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(stated: str) -> WrongHostError:
    reason = (
        "the service is not called so; ask for it by its own name, or have whoever "
        "runs it add this one to RECOUP_HOSTS"
    )
    zh = "本服务不以此名称提供；请使用正确的主机名，或由运维人员将其加入 RECOUP_HOSTS"
    found = Finding("wrong_host", reason, zh, table="", field="Host", value=stated[:60])
    return WrongHostError(reason, [found], zh)
