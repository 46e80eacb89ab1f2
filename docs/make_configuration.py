"""The page of everything that can be set, made from what the programs read.

python docs/make_configuration.py > docs/configuration.md
"""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import click
from pydantic.fields import FieldInfo

from models.pricing.assumptions import Assumptions
from serving.settings import Settings
from training.data import SBA_VARIABLE

HEAD = """# Configuration

Made by `python docs/make_configuration.py > docs/configuration.md`; a test fails when
the two differ. A value out of bounds is refused when a program starts or a request
comes in, with its name and the bound.
"""
SETTINGS = f"""## Environment

Read once when a program starts. Secrets may stand in files instead: `RECOUP_SECRETS`
names a folder where each file holds the setting of its name, such as
`recoup_database_url`; a variable wins over a file.
A variable `RECOUP_…` that is no setting is told of at the start, with the setting
that it nearly names.

`RECOUP_TRACKING_URI` wins over
`MLFLOW_TRACKING_URI`; training and MLflow's own page read the latter only, so set that
one where all of them share a store. `{SBA_VARIABLE}` names SBAnational.csv, whole or a
sample in its columns, for `--source sba`.
"""
ASSUMPTIONS = """## Assumptions of a valuation

Sent under `assumptions` in a request, as `--assumption NAME=VALUE` to
`python -m serving score`; a valuation keeps those it was made with. Rates are shares
(0.15 is 15%), returns are effective per year.
"""
TRAINING = """## A training run

`--config FILE` of `python -m training` names a TOML file whose keys replace these one
by one. Unknown keys and values out of bounds are refused.
"""
_BOUNDS = {"gt": "> ", "ge": "≥ ", "lt": "< ", "le": "≤ "}


def markdown() -> str:
    """The whole page."""
    return "\n".join(
        [
            HEAD,
            SETTINGS,
            _table(
                ("variable", "default", "bounds", "meaning"),
                (_setting_row(n, f) for n, f in Settings.model_fields.items()),
            ),
            ASSUMPTIONS,
            _table(
                ("assumption", "default", "bounds", "why", "含义"),
                (_assumption_row(n, f) for n, f in Assumptions.model_fields.items()),
            ),
            TRAINING,
            f"```toml\n{files('training').joinpath('config.toml').read_text('utf-8')}```\n",
        ]
    )


def variables(name: str, field: FieldInfo) -> list[str]:
    """The environment variables that a setting is read from, the winner first."""
    alias: Any = field.validation_alias
    return list(alias.choices) if alias else [f"RECOUP_{name.upper()}"]


def plain(value: object) -> str:
    """A default as a person would type it; nothing where there is none."""
    if value in (None, {}):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) >= 1:
        return str(int(value))
    return str(value)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    lines = (heads, ("---",) * len(heads), *rows)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _setting_row(name: str, field: FieldInfo) -> tuple[str, ...]:
    names = " or ".join(f"`{v}`" for v in variables(name, field))
    default = plain(field.get_default(call_default_factory=True))
    told = f"`{default}`" if default else ""
    return names, told, _bounds(field), field.description or ""


def _assumption_row(name: str, field: FieldInfo) -> tuple[str, ...]:
    extra: Any = field.json_schema_extra
    default = plain(field.default)
    return (
        f"`{name}`",
        f"`{default}`" if default else "",
        _bounds(field),
        field.description or "",
        extra["description_zh"],
    )


def _bounds(field: FieldInfo) -> str:
    found = [
        f"{sign}{getattr(rule, name):,.15g}"
        for rule in field.metadata
        for name, sign in _BOUNDS.items()
        if hasattr(rule, name)
    ]
    return ", ".join(found)


@click.command()
def main() -> None:
    """Print the page."""
    click.echo(markdown(), nl=False)


if __name__ == "__main__":
    main()
