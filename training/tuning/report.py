"""What a study found: a table for a terminal, and a file that --config accepts."""

import json
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from training.config import Config, load_config
from training.report import WIDTH
from training.tuning.search import Choice, Tuning


def print_tuning(tuning: Tuning) -> None:
    """Print the two configurations beside each other and the verdict, on stdout."""
    console = Console(width=WIDTH)
    console.print(choice_table(tuning))
    difference = tuning.difference
    console.print(
        f"Tuned less default on {tuning.held_out_year}: {difference.mean:+.5f} "
        f"(95% interval {difference.low:+.5f} to {difference.high:+.5f}; vintages "
        f"drawn: {tuning.vintages})\n{tuning.verdict}",
        highlight=False,
    )


def choice_table(tuning: Tuning) -> Table:
    """Keys and CRPS of the default and the tuned configuration."""
    kind = "SIMULATED DATA" if tuning.simulated else tuning.source
    table = Table(title=f"Study {tuning.study}, {_trials(tuning)} ({kind})")
    table.add_column("")
    for head in ("default", "tuned"):
        table.add_column(head, justify="right")
    for key, value in tuning.default.keys.items():
        table.add_row(key, f"{value:.4g}", f"{tuning.tuned.keys[key]:.4g}")
    table.add_section()
    years = ", ".join(map(str, tuning.years))
    table.add_row(
        f"CRPS, years that chose ({years})",
        f"{tuning.default.crps:.5f}",
        f"{tuning.tuned.crps:.5f}",
    )
    table.add_row(
        f"CRPS, year kept aside ({tuning.held_out_year})",
        f"{tuning.default.held_out_crps:.5f}",
        f"{tuning.tuned.held_out_crps:.5f}",
    )
    return table


def write_configuration(tuning: Tuning, path: Path) -> None:
    """Write the tuned configuration so that --config reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(configuration_text(tuning), "utf-8")


def configuration_text(tuning: Tuning) -> str:
    """The tuned configuration as TOML: every key that departs from the default one."""
    default, tuned = tuning.default, tuning.tuned
    data = "SIMULATED DATA" if tuning.simulated else "data"
    head = (
        f"# Study {tuning.study}, {_trials(tuning)}, on {data} of {tuning.source}.\n"
        f"# CRPS {default.crps:.5f} -> {tuned.crps:.5f} on the years that chose; "
        f"{default.held_out_crps:.5f} -> {tuned.held_out_crps:.5f} on "
        f"{tuning.held_out_year}.\n# {tuning.verdict}\n"
    )
    sections = _departures(tuning.config, tuned)
    return head + "".join(_section(name, keys) for name, keys in sections.items())


def _departures(config: Config, tuned: Choice) -> dict[str, dict[str, object]]:
    """Sections of a configuration: what was searched, and what else was changed."""
    usual = load_config().model_dump()
    return {
        section: {
            key: value
            for key, value in keys.items()
            if value != usual[section][key]
            or (section == "level" and key in tuned.keys)
        }
        for section, keys in config.model_dump().items()
    }


def _section(name: str, keys: Mapping[str, object]) -> str:
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
    return f"\n[{name}]\n{lines}" if lines else ""


def _toml(value: object) -> str:
    """A number, a truth value or a date; TOML writes the first two as JSON does."""
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)


def _trials(tuning: Tuning) -> str:
    told = ", ".join(f"{n} {state}" for state, n in sorted(tuning.trials.items()))
    return f"trials: {told}"
