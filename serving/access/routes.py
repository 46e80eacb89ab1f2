"""The one table of what every route takes, and of which roles have it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount, compile_path

from features.errors import Finding, ForbiddenError
from serving.access.who import ROLES, Role, Who

Permission = Literal[
    "open", "known", "read", "price", "approve", "models", "promote", "administer"
]


@dataclass(frozen=True)
class Rule:
    """A permission: the roles that have it and the routes that need it.

    Attributes:
        permission: Its name.
        words: What it allows, by language.
        roles: Those that have it; none where nobody has to be known.
        routes: Names of the routes.
    """

    permission: Permission
    words: Mapping[str, str]
    roles: frozenset[Role]
    routes: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether nobody has to be known."""
        return not self.roles


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by the name of its permission."""
    table = files("serving.access").joinpath("routes.toml").read_text("utf-8")
    return MappingProxyType(
        {
            name: Rule(
                name,  # type: ignore[arg-type]
                MappingProxyType({"zh": said["zh"], "en": said["en"]}),
                frozenset(said["roles"]),
                tuple(said["routes"]),
            )
            for name, said in tomllib.loads(table).items()
        }
    )


@cache
def rule_of() -> Mapping[str, Rule]:
    """The rule of each route by its name."""
    return MappingProxyType(
        {route: rule for rule in rules().values() for route in rule.routes}
    )


def may(who: Who, permission: Permission) -> bool:
    """Whether somebody has a permission."""
    return bool(rules()[permission].roles & who.roles)


def forbidden(permission: Permission) -> ForbiddenError:
    """The refusal of somebody without a permission."""
    needed = [role for role in ROLES if role in rules()[permission].roles]
    reason = f"this takes the role {' or '.join(needed)}; ask whoever keeps the persons"
    zh = f"此操作需要角色 {' 或 '.join(needed)}；请联系人员管理员"
    return ForbiddenError(reason, [Finding("forbidden", reason, zh, table="")], zh)


def check_table(app: FastAPI) -> None:
    """Refuse to start an application with a route that the table does not name.

    Raises:
        LookupError: A route is missing, or one is named that is not there.
    """
    served = {route.name or "" for route in routes_of(app)}
    if served != set(rule_of()):
        missing, gone = served - set(rule_of()), set(rule_of()) - served
        raise LookupError(
            f"serving/access/routes.toml lacks {sorted(missing)} "
            f"and names {sorted(gone)}, which are not there"
        )


def routes_of(app: FastAPI) -> Iterable[RouteContext]:
    """Every route of an application, those of its parts included."""
    return iter_route_contexts(app.routes)


def open_paths(app: FastAPI) -> re.Pattern[str]:
    """What matches a path for which nobody has to be known."""
    return re.compile(
        "|".join(
            _pattern(route)
            for route in routes_of(app)
            if rule_of()[route.name or ""].is_open
        )
    )


def _pattern(route: RouteContext) -> str:
    if isinstance(route.original_route, Mount):
        return f"(?:{re.escape(route.path or '')}/)"
    # Names of places would stand twice in one pattern.
    pattern = compile_path(route.path or "")[0].pattern
    return f"(?:{re.sub(r'[?]P<[^>]+>', '?:', pattern)})"
