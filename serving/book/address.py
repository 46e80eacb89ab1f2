"""Addresses of data: folders and files on this machine or anywhere that is known.

``s3://``, ``gs://``, ``abfs://`` and ``hdfs://`` are read and written by pyarrow, every
other scheme by fsspec, as ``memory://`` is. What is written appears whole or not at
all: on this machine by renaming, on object stores because a put is one step.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EDQUOT, EIO, ENOSPC, EROFS
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import fsspec
import pyarrow as pa
from fsspec.implementations.arrow import ArrowFSWrapper
from pyarrow import fs

from features.errors import InputError, RecoupError, StoreError, StoreFullError

NATIVE = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")
PARTIAL = ".partial-"
_MAGIC = "*?["
# What is wrong with a disk, and not with the address.
_OF_THE_DISK: Mapping[int | None, type[RecoupError]] = MappingProxyType(
    {ENOSPC: StoreFullError, EDQUOT: StoreFullError, EROFS: StoreError, EIO: StoreError}
)


@dataclass(frozen=True)
class Place:
    """A file or a folder.

    Attributes:
        filesystem: The file system that it is on.
        path: Its path there.
    """

    filesystem: fs.FileSystem
    path: str

    @property
    def local(self) -> bool:
        """Whether it is a path of this machine."""
        return isinstance(self.filesystem, fs.LocalFileSystem)

    def inside(self, name: str) -> "Place":
        """A file or folder within this folder."""
        return Place(self.filesystem, f"{self.path.rstrip('/')}/{name}")

    def is_within(self, folder: "Place") -> bool:
        """Whether it is a folder or within it."""
        mine, other = (f"{p.path.rstrip('/')}/" for p in (self, folder))
        return self.filesystem.equals(folder.filesystem) and mine.startswith(other)

    def info(self) -> fs.FileInfo:
        """What is there."""
        with _readable(self.path):
            return self.filesystem.get_file_info(self.path)

    def exists(self) -> bool:
        """Whether there is a file."""
        return bool(self.info().type == fs.FileType.File)

    def is_folder(self) -> bool:
        """Whether there is a folder."""
        return bool(self.info().type == fs.FileType.Directory)

    def files(self) -> list[fs.FileInfo]:
        """The files within this folder at any depth, in the order of their paths.

        What begins with a dot or an underscore is no data by custom.
        """
        chosen = fs.FileSelector(self.path, allow_not_found=True, recursive=True)
        with _readable(self.path):
            found = self.filesystem.get_file_info(chosen)
        start = len(self.path.rstrip("/")) + 1
        data = [f for f in found if f.type == fs.FileType.File]
        shown = [f for f in data if not _is_hidden(f.path[start:])]
        return sorted(shown, key=lambda f: str(f.path))

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rstrip("/").rpartition("/")[2]

    def folders(self) -> list["Place"]:
        """The folders directly within this folder, in the order of their names.

        What begins with a dot or an underscore is left out.
        """
        chosen = fs.FileSelector(self.path, allow_not_found=True)
        with _readable(self.path):
            found = self.filesystem.get_file_info(chosen)
        paths = sorted(f.path for f in found if f.type == fs.FileType.Directory)
        places = [Place(self.filesystem, path) for path in paths]
        return [place for place in places if not _is_hidden(place.name)]

    def read(self) -> bytes:
        """What a file holds."""
        with _readable(self.path), self.filesystem.open_input_file(self.path) as file:
            held: bytes = file.read()
        return held

    def write(self, content: bytes | pa.Buffer) -> None:
        """Write a file, whole or not at all, folders above it included.

        Raises:
            InputError: It cannot be written.
            StoreError: It cannot be at the moment.
            StoreFullError: There is no room for it.
        """
        try:
            if self.local:
                _write_local(Path(self.path), content)
            else:
                self._put(content)
        except OSError as error:
            raise _unwritten(self.path, error) from None

    def _put(self, content: bytes | pa.Buffer) -> None:
        folder = self.path.rpartition("/")[0]
        self.filesystem.create_dir(folder, recursive=True)
        with self.filesystem.open_output_stream(self.path) as stream:
            stream.write(content)

    def delete(self) -> None:
        """Remove what is there, if anything is."""
        kind = self.info().type
        # Another process may remove the same.
        with _readable(self.path), suppress(FileNotFoundError):
            if kind == fs.FileType.Directory:
                self.filesystem.delete_dir(self.path)
            elif kind == fs.FileType.File:
                self.filesystem.delete_file(self.path)

    def move(self, target: "Place") -> bool:
        """Rename a file; whether there was one. What was under the new name goes.

        Raises:
            InputError: It cannot be renamed.
        """
        with _readable(self.path):
            try:
                if self.local:
                    Path(self.path).replace(target.path)
                else:
                    self.filesystem.move(self.path, target.path)
            except FileNotFoundError:
                return False
        return True

    def delete_partial(self) -> None:
        """Remove what writers that were killed left within this folder."""
        chosen = fs.FileSelector(self.path, allow_not_found=True, recursive=True)
        with _readable(self.path):
            found = self.filesystem.get_file_info(chosen)
        for left in found:
            if left.base_name.startswith(PARTIAL):
                Place(self.filesystem, left.path).delete()


def scheme(address: str) -> str:
    """The scheme of an address, ``file`` for a plain path."""
    before, marked, _ = address.partition("://")
    return before if marked else "file"


def beneath(folder: str, name: str) -> str:
    """The address of a file or folder within a folder, of this machine in full."""
    if scheme(folder) == "file":
        return place(folder).inside(name).path
    path, marked, settings = folder.partition("?")
    return f"{path.rstrip('/')}/{name}{marked}{settings}"


def has_magic(address: str) -> bool:
    """Whether an address is a pattern of several."""
    # Behind a scheme a question mark begins the settings of a store.
    named = address if scheme(address) == "file" else address.partition("?")[0]
    return any(sign in named for sign in _MAGIC)


def place(address: str) -> Place:
    """The place that an address names; nothing need be there.

    Raises:
        InputError: The address cannot be understood, or its store does not answer.
    """
    kind = scheme(address)
    try:
        if kind == "file":
            path = os.path.abspath(address.removeprefix("file://"))  # noqa: PTH100
            return Place(fs.LocalFileSystem(), path)
        if kind in NATIVE:
            return Place(*fs.FileSystem.from_uri(address))
        found, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError, OSError, pa.ArrowException) as error:
        raise InputError(
            f"{address} cannot be opened: {error}",
            zh=f"{address} 无法打开（{error}）；请检查地址",
        ) from None
    return Place(fs.PyFileSystem(fs.FSSpecHandler(found)), path)


def files_at(address: str) -> list[fs.FileInfo]:
    """The files of an address, a file, a folder or a pattern, in order of their paths.

    Raises:
        InputError: It cannot be read, or there is nothing.
    """
    named = place(address)
    with _readable(address):
        paths = _glob(named) if has_magic(address) else [named.path]
        found = named.filesystem.get_file_info(paths)
    files: list[fs.FileInfo] = []
    for info in found:
        if info.type == fs.FileType.Directory:
            files += Place(named.filesystem, info.path).files()
        elif info.type == fs.FileType.File:
            files.append(info)
    if not files:
        raise InputError(
            f"{address}: there is nothing; check the address",
            zh=f"{address}：没有内容；请检查地址",
        )
    return files


def _glob(pattern: Place) -> list[str]:
    """Paths that match a pattern, but for those that are no data by custom."""
    held = pattern.filesystem
    wrapped = isinstance(held, fs.PyFileSystem)
    globbing = held.handler.fs if wrapped else ArrowFSWrapper(held)
    found = sorted(globbing.glob(pattern.path))
    return [path for path in found if not _is_hidden(path.rpartition("/")[2])]


@contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            f"{path} cannot be read: {why}", zh=f"{path} 无法读取（{why}）；请检查"
        ) from None


def _is_hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) for part in path.split("/"))


def _unwritten(path: str, error: OSError) -> RecoupError:
    why = error.strerror or str(error)
    return _OF_THE_DISK.get(error.errno, InputError)(
        f"cannot write {path}: {why}; mend that and start again, what is finished is "
        "kept",
        zh=f"无法写入 {path}（{why}）；请处理后重新开始，已完成的部分会保留",
    )


def _write_local(path: Path, content: bytes | pa.Buffer) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.parent / f"{PARTIAL}{uuid4().hex}"
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
