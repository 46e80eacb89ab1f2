"""How the programs speak: one-line errors, exit statuses, progress, figures as JSON."""

import gc
import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple, NoReturn, TypeVar

import click
from rich.console import Console
from rich.progress import track

from features.errors import Finding, RecoupError

SHOWN_FINDINGS = 20
PLAIN_WIDTH = 110
Item = TypeVar("Item")


class Verb(NamedTuple):
    """Where a command is, and what it does.

    Attributes:
        module: Module that holds it by its name.
        told: The first sentence of its help.
    """

    module: str
    told: str


class Program(click.Group):
    """Commands by name, each imported from its module when it is asked for.

    Most commands need a part of what all of them would import.
    """

    def __init__(self, verbs: Mapping[str, Verb], **settings: Any) -> None:
        """Take the commands."""
        super().__init__(**settings)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        del ctx
        return sorted(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        del ctx
        verb = self._verbs.get(cmd_name)
        if verb is None:
            return None
        with starting():
            command: click.Command = getattr(import_module(verb.module), cmd_name)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write what each command does; none is imported for its one sentence."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self._verbs[name].told) for name in self.list_commands(ctx)]
            )


@contextmanager
def starting() -> Iterator[None]:
    """Import with the garbage collector paused, which saves a quarter of the time.

    What is imported stays and is left out of later collections.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def run(program: click.Command, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a program and leave with its exit status.

    0 when it did its work, 1 when it failed, 2 on bad use or bad input, and what a
    verb returns where its figures ask for something (3: retrain). An error is one
    readable line on stderr; ``--debug`` before the verb shows the traceback.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [a for a in given if a != "--debug"]
    try:
        sys.exit(program.main(given, standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped", 1)
    except RecoupError as error:
        if debug:
            raise
        _fail(_message(error), error.exit_status)
    except Exception as error:
        if debug:
            raise
        _fail(f"{type(error).__name__}: {error} (--debug shows where)", 1)


def _message(error: RecoupError) -> str:
    """The error and its findings in English and Chinese, each said once."""
    told, shown = str(error), error.findings[:SHOWN_FINDINGS]
    more = len(error.findings) - len(shown)
    lines = [
        *([error.zh] if error.zh != told else []),
        *(_line(finding, told) for finding in shown),
        *([f"and {more} more 另有{more}项"] if more > 0 else []),
    ]
    return "\n  ".join([told, *lines])


def _line(finding: Finding, told: str) -> str:
    """A finding as a line; in Chinese alone where the error says it in English."""
    sentence = finding.sentence()
    if sentence == told:
        return finding.reason_zh
    return f"{sentence} {finding.reason_zh}"


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    sys.exit(status)


def check_port(host: str, port: int) -> None:
    """Make sure that a service can listen, before it says that it does.

    Raises:
        click.ClickException: It cannot, because another program does for example.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise click.ClickException(
            f"port {port} of {host} cannot be used ({error.strerror}); name another "
            "with --port"
        ) from None


def progress(items: Sequence[Item], description: str) -> Iterator[Item]:
    """The items one by one: a bar on a terminal, plain lines elsewhere."""
    if sys.stderr.isatty():
        yield from track(items, description, console=Console(stderr=True))
        return
    for number, item in enumerate(items, 1):
        click.echo(f"{description} {number}/{len(items)}", err=True)
        yield item


def say(message: str) -> None:
    """A line for the person who waits, on stderr so that figures stay apart."""
    # With err=True Click would write past a progress bar and into its line.
    click.echo(message, file=sys.stderr)


def print_figures(figures: Mapping[str, Any]) -> None:
    """Figures as JSON on stdout."""
    click.echo(json.dumps(figures, ensure_ascii=False, indent=1, default=str))


def console() -> Console:
    """Where figures are printed: the terminal, or plain text of fixed width."""
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)
