"""Models by hash in a folder, and which of them was the champion last.

An entry appears whole or not at all, is verified whenever it is opened, and is shared
by all processes of an installation. The few models opened last stay in memory.
"""

import fcntl
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import ModelDamagedError, NotFoundError
from models.recovery.artefact import FILES, files_sha256, open_model
from models.recovery.model import RecoveryModel
from serving.champion.served import Pinned, ServedModel, Standing
from serving.files import settle
from serving.model_facts import DecisionFacts

CHAMPION = "champion.json"
# The champion, the one before it, and one that somebody replays.
OPENED = 3
_PARTIAL = ".partial-"
# Models that anything in this process holds, by the hash of their files.
_HELD: WeakValueDictionary[str, RecoveryModel] = WeakValueDictionary()


class Remembered(BaseModel):
    """Which model an alias named last, as it is written beside the models.

    Attributes:
        name: Name of the registered model.
        alias: Alias that it was served under.
        version: Its version.
        sha256: Hash of the model.
        files_sha256: Hash over its files; empty in notes of older releases.
        decision: By whom it was promoted, as far as that was known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    alias: str
    version: str
    sha256: str
    files_sha256: str = ""
    decision: DecisionFacts | None = None

    @property
    def pinned(self) -> Pinned:
        """The version with its hashes."""
        return Pinned(self.version, self.sha256, self.files_sha256)


@dataclass(frozen=True)
class _Opened:
    model: RecoveryModel
    files_sha256: str


class ModelCache:
    """The models of an installation, in a folder and the latest in memory."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which need not exist yet."""
        self._folder = folder
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._opening = Lock()

    def open(self, name: str, version: str, sha256: str) -> ServedModel:
        """A model that was served before.

        Raises:
            NotFoundError: It is not in the cache.
            ModelDamagedError: Its files are not what they were.
        """
        if not self._is_here(sha256):
            raise NotFoundError(
                f"model {name} version {version} ({sha256[:12]}) is not in the cache "
                f"{self._folder}; copy it back or value the tape again",
                zh=f"模型{name}第{version}版（{sha256[:12]}）不在缓存"
                f"{self._folder}中；请复制回来，或重新估值",
            )
        return ServedModel(name, version, self._model(sha256).model)

    def holding(self, name: str, pinned: Pinned) -> ServedModel | None:
        """A version whose files are here as they were pinned; None where they are not.

        Raises:
            ModelDamagedError: There are other files under its hash.
        """
        if not self._is_here(pinned.model_sha256):
            return None
        opened = self._model(pinned.model_sha256)
        if opened.files_sha256 != pinned.files_sha256:
            raise ModelDamagedError(
                f"the cached model {pinned.model_sha256[:12]} is not the registered one"
            )
        return ServedModel(name, pinned.version, opened.model)

    def add(self, name: str, version: str, files: Path) -> ServedModel:
        """Check a model's files and keep a copy of them.

        Raises:
            ModelUnavailableError: A file is missing.
            ModelDamagedError: The files fail their checks.
        """
        model = _read(files).model
        with self.alone(), self.partial() as partial:
            for file in FILES:
                if (files / file).exists():
                    shutil.copyfile(files / file, partial / file)
            self.place(partial, model.sha256)
        return self.open(name, version, model.sha256)

    def place(self, files: Path, sha256: str) -> None:
        """Keep files that were checked; they move as a whole, unless they are here."""
        target = self._folder / sha256
        if target.is_dir():
            return
        for file in (*files.iterdir(), files):
            settle(file)
        files.rename(target)
        settle(self._folder)

    def discard(self, sha256: str) -> None:
        """Remove an entry that is damaged."""
        self._opened.pop(sha256, None)
        shutil.rmtree(self._folder / sha256, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While within, no other process takes a model in; what one left is removed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self._folder.glob(f"{_PARTIAL}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield

    @contextmanager
    def partial(self) -> Iterator[Path]:
        """A folder for files that are not checked yet, gone in the end."""
        with TemporaryDirectory(prefix=_PARTIAL, dir=self._folder) as folder:
            files = Path(folder) / "model"
            files.mkdir()
            yield files

    def trim(self, most: int, needed: Callable[[], Collection[str]]) -> list[str]:
        """Remove the entries used least lately beyond a number; gives their hashes.

        Args:
            most: Entries to keep.
            needed: Tells which must stay; asked only where there are too many.
        """
        entries = sorted(self._entries(), key=lambda e: e.stat().st_mtime)
        surplus = entries[: max(len(entries) - most, 0)]
        if not surplus:
            return []
        stay = {*needed(), *self._opened}
        gone = [entry.name for entry in surplus if entry.name not in stay]
        for sha256 in gone:
            self.discard(sha256)
        return gone

    def remember(self, alias: str, standing: ServedModel | Standing) -> None:
        """Note which model the alias names, for a start without the registry."""
        served, pin, decision = _told(standing)
        note = Remembered(
            name=served.name,
            alias=alias,
            version=served.version,
            sha256=served.model.sha256,
            files_sha256=pin,
            decision=decision,
        )
        partial = self._folder / f".{CHAMPION}.{os.getpid()}"
        partial.write_text(note.model_dump_json(indent=1), "utf-8")
        partial.replace(self._folder / CHAMPION)

    def remembered(self, name: str, alias: str) -> Remembered | None:
        """What is known of the alias from last time; None where nothing is.

        Raises:
            ModelDamagedError: The note cannot be read.
        """
        path = self._folder / CHAMPION
        if not path.is_file():
            return None
        try:
            note = Remembered.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise ModelDamagedError(f"{path} cannot be read: {error}") from None
        return note if (note.name, note.alias) == (name, alias) else None

    def _is_here(self, sha256: str) -> bool:
        return sha256 in self._opened or (self._folder / sha256).is_dir()

    def _entries(self) -> Iterator[Path]:
        for path in self._folder.iterdir():
            if path.is_dir() and not path.name.startswith("."):
                yield path

    def _model(self, sha256: str) -> _Opened:
        with self._opening:
            opened = self._opened.get(sha256) or self._entry(sha256)
            self._opened[sha256] = opened
            self._opened.move_to_end(sha256)
            while len(self._opened) > OPENED:
                self._opened.popitem(last=False)
            return opened

    def _entry(self, sha256: str) -> _Opened:
        folder = self._folder / sha256
        opened = _read(folder)
        if opened.model.sha256 != sha256:
            raise ModelDamagedError(f"the cached model {sha256[:12]} was changed")
        # Its age says when it was last needed.
        os.utime(folder)
        return opened


def _read(folder: Path) -> _Opened:
    """The model of a folder; what was checked under the same hash is checked once."""
    pin = files_sha256(folder)
    model = _HELD[pin] = _HELD.get(pin) or open_model(folder)
    return _Opened(model, pin)


def _told(
    standing: ServedModel | Standing,
) -> tuple[ServedModel, str, DecisionFacts | None]:
    if isinstance(standing, ServedModel):
        return standing, "", None
    return standing.served, standing.pinned.files_sha256, standing.decision
