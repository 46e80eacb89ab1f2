"""Models that were harmed: files cut, bytes turned over, numbers from another world."""

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.recovery.artefact import CURVE, GOLDEN, LEVEL, RECORD
from models.recovery.model import ModelRecord, RecoveryModel

TREES = (*LEVEL, CURVE)
FILES = (*TREES, RECORD, GOLDEN)
INTEGERS = ("-1", "0", "1", "2147483647", "-2147483648", "4294967296", "99999", "1e9")
FLOATS = ("nan", "inf", "-inf", "1e308", "-1e308", "1e-320", "0x1p4", "1_0", "", "x")
VALUES = (
    float("nan"),
    1e308,
    -1.0,
    -1,
    2**63,
    10**30,
    None,
    "",
    [],
    {},
    True,
    "9" * 99,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
Harm = Callable[[random.Random, Path, Path], None]


@dataclass(frozen=True)
class Mutant:
    """A harmed copy of a model.

    Attributes:
        kind: What was done to it.
        folder: Its files.
    """

    kind: str
    folder: Path


def mutants(
    good: Path, other: Path, into: Path, count: int, seed: int, *, rehashed: bool
) -> Iterator[Mutant]:
    """Harmed copies of a model, each gone when the next is asked for.

    Args:
        good: Files of a model.
        other: Files of another, to be mixed in.
        into: Folder for the copies.
        count: How many.
        seed: The same gives the same mutants.
        rehashed: Whether the hash inside is made right again, as by somebody who may
            write the artefact and means harm.
    """
    chance = random.Random(seed)  # noqa: S311 mutants are no secret
    kinds = list(HARMS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        folder = Path(shutil.copytree(good, into / f"{seed}-{number}"))
        HARMS[kind](chance, folder, other)
        if rehashed:
            make_hash_right(folder)
        yield Mutant(kind, folder)
        shutil.rmtree(folder)


def make_hash_right(folder: Path) -> None:
    """Write the hash of what the files say now among the golden rows."""
    try:
        record = ModelRecord.model_validate_json((folder / RECORD).read_bytes())
        texts = [(folder / name).read_text("utf-8") for name in TREES]
        golden = json.loads((folder / GOLDEN).read_text("utf-8"))
        golden["sha256"] = RecoveryModel(record, tuple(texts[:-1]), texts[-1]).sha256
        (folder / GOLDEN).write_text(json.dumps(golden), "utf-8")
    except (ValueError, TypeError, OSError):
        return


def _cut(chance: random.Random, folder: Path, _: Path) -> None:
    file = folder / chance.choice(FILES)
    content = file.read_bytes()
    file.write_bytes(content[: chance.randrange(len(content))])


def _flip(chance: random.Random, folder: Path, _: Path) -> None:
    file = folder / chance.choice(FILES)
    content = bytearray(file.read_bytes())
    for _ in range(chance.choice((1, 1, 1, 8))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    file.write_bytes(content)


def _number(hostile: tuple[str, ...]) -> Harm:
    """One number of a tree's arrays, or of its head, replaced."""

    def harm(chance: random.Random, folder: Path, _: Path) -> None:
        file = folder / chance.choice(TREES)
        text = file.read_text("utf-8").partition("\nend of trees")
        found = chance.choice(list(_NUMBER.finditer(text[0])))
        changed = text[0][: found.start()] + chance.choice(hostile)
        file.write_text("".join((changed, text[0][found.end() :], *text[1:])), "utf-8")

    return harm


def _lines(edit: Callable[[random.Random, list[str]], None]) -> Harm:
    def harm(chance: random.Random, folder: Path, _: Path) -> None:
        file = folder / chance.choice(TREES)
        lines = file.read_text("utf-8").split("\n")
        edit(chance, lines)
        file.write_text("\n".join(lines), "utf-8")

    return harm


def _swap_lines(chance: random.Random, lines: list[str]) -> None:
    first, second = (chance.randrange(len(lines)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]


def _double_lines(chance: random.Random, lines: list[str]) -> None:
    start = chance.randrange(len(lines))
    end = start + chance.randrange(1, 60)
    lines[end:end] = lines[start:end]


def _drop_lines(chance: random.Random, lines: list[str]) -> None:
    start = chance.randrange(len(lines))
    del lines[start : start + chance.choice((1, 1, 5, 50))]


def _splice(chance: random.Random, folder: Path, other: Path) -> None:
    name = chance.choice(TREES)
    mine, theirs = (
        (f / chance.choice(TREES)).read_text("utf-8") for f in (folder, other)
    )
    place = chance.randrange(len(mine))
    (folder / name).write_text(mine[:place] + theirs[place:], "utf-8")


def _mix_files(chance: random.Random, folder: Path, other: Path) -> None:
    names = chance.sample(FILES, chance.randrange(1, 4))
    for name in names:
        shutil.copyfile(other / chance.choice((name, *TREES)), folder / name)


def _document(name: str) -> Harm:
    """A figure, a list or a key of a JSON document replaced, dropped or doubled."""

    def harm(chance: random.Random, folder: Path, _: Path) -> None:
        document = json.loads((folder / name).read_text("utf-8"))
        _harm_document(chance, document)
        (folder / name).write_text(json.dumps(document), "utf-8")

    return harm


def _harm_document(chance: random.Random, document: Any) -> None:
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = chance.choice(list(keys))
        deeper = place[key]
        if not isinstance(deeper, dict | list) or not deeper or chance.random() < 0.2:
            break
        place = deeper
    match chance.randrange(3):
        case 0:
            del place[key]
        case 1 if isinstance(place, list):
            place.extend(place * chance.choice((1, 50)))
        case _:
            place[key] = chance.choice(VALUES)


def _remove(chance: random.Random, folder: Path, _: Path) -> None:
    (folder / chance.choice(FILES)).unlink()


HARMS: dict[str, Harm] = {
    "cut": _cut,
    "bytes": _flip,
    "integer": _number(INTEGERS),
    "float": _number(FLOATS),
    "lines swapped": _lines(_swap_lines),
    "lines doubled": _lines(_double_lines),
    "lines dropped": _lines(_drop_lines),
    "spliced": _splice,
    "files mixed": _mix_files,
    "record": _document(RECORD),
    "golden rows": _document(GOLDEN),
    "file removed": _remove,
}
