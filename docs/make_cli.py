"""The page of the programs, made from what they say about themselves.

python docs/make_cli.py > docs/cli.md
"""

import re
from collections.abc import Iterator

import click

import benchmarks.__main__
import serving.__main__
import training.__main__

HEAD = """# Programs

Made by `python docs/make_cli.py > docs/cli.md` from the programs' own help; a test
fails when the two differ. `make` calls the most usual ones: `make help` lists its
verbs. Programs end with 0, with 1 when they failed, with 2 on bad use or input;
`--json` gives figures for machines and `--debug` anywhere the traceback of an error.
"""
PROGRAMS: dict[str, click.Command] = {
    "serving": serving.__main__.program,
    "training": training.__main__.program,
    "benchmarks": benchmarks.__main__.program,
}
NAMED = re.compile(r"python -m \w+ \w+")


def markdown() -> str:
    """The whole page."""
    sections = (
        part
        for module, program in PROGRAMS.items()
        for part in _sections(f"python -m {module}", program, 2)
    )
    return "\n".join([HEAD, *sections])


def _sections(name: str, command: click.Command, level: int) -> Iterator[str]:
    """A section for a program and one for each of its verbs."""
    yield f"{'#' * level} `{name}`\n"
    yield f"{_paragraphs(command.help or '')}\n"
    context = click.Context(command, info_name=name)
    yield from _parameters(command, context)
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            found = command.get_command(context, verb)
            if found is not None:
                yield from _sections(f"{name} {verb}", found, min(level + 1, 3))


def _paragraphs(text: str) -> str:
    """The help, each paragraph in one line, programs that it names set off."""
    joined = "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
    return NAMED.sub(r"`\g<0>`", joined)


def _parameters(command: click.Command, context: click.Context) -> Iterator[str]:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    if arguments:
        named = " ".join(f"`{a.make_metavar(context)}`" for a in arguments)
        yield f"Arguments: {named}\n"
    if options:
        rows = (_row(*o.get_help_record(context)) for o in options)  # type: ignore[misc]
        yield "\n".join(["| option | meaning |", "|---|---|", *rows, ""])


def _row(option: str, meaning: str) -> str:
    words = " ".join(meaning.split()).replace("|", "\\|")
    return f"| `{option.replace('|', chr(92) + '|')}` | {words} |"


@click.command()
def main() -> None:
    """Print the page."""
    click.echo(markdown(), nl=False)


if __name__ == "__main__":
    main()
