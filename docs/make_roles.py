"""Prints the page of roles and routes from the table that the service holds.

python docs/make_roles.py > docs/roles.md
"""

from collections.abc import Iterator

import click
from fastapi.routing import RouteContext

from serving.access.routes import Rule, routes_of, rule_of, rules
from serving.access.who import ROLES
from serving.app import create_app
from serving.settings import Settings

HEAD = """# Roles and routes

Made by `python docs/make_roles.py > docs/roles.md` from `serving/access/routes.toml`; a
test fails when the two differ, and the service does not start with a route that stands
nowhere in it. [Access](access.md) tells how persons get roles.

A person may have several roles. What belongs to another tenant is not found, whatever
the role.

## What a role may do
"""


def markdown() -> str:
    """The whole page."""
    app = create_app(Settings())
    return "\n".join(
        [HEAD, *_matrix(), "", "## Routes", "", *_routes(list(routes_of(app)))]
    )


def _matrix() -> Iterator[str]:
    yield f"| permission | {' | '.join(ROLES)} | allows |"
    yield f"|---|{'---|' * len(ROLES)}---|"
    for name, rule in rules().items():
        if not rule.is_open:
            marks = " | ".join("●" if role in rule.roles else "" for role in ROLES)
            yield f"| `{name}` | {marks} | {_words(rule)} |"


def _words(rule: Rule) -> str:
    return f"{rule.words['en']} {rule.words['zh']}"


def _routes(routes: list[RouteContext]) -> Iterator[str]:
    for name, rule in rules().items():
        own = [r for r in routes if rule_of()[r.name or ""] is rule]
        if own:
            yield f"**`{name}`**: {_words(rule)}\n"
            yield from sorted({f"- {_address(route)}" for route in own})
            yield ""


def _address(route: RouteContext) -> str:
    path = (route.path or "").replace("{language:language}", "{language}")
    methods = ", ".join(sorted((route.methods or {"GET"}) - {"HEAD"}))
    return f"`{methods} {path}`"


@click.command()
def main() -> None:
    """Print the page."""
    click.echo(markdown(), nl=False)


if __name__ == "__main__":
    main()
