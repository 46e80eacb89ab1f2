"""Files that people name on the command line: written whole, or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from features.errors import InputError

Form = TypeVar("Form")


def write_file(content: bytes, out: Path) -> None:
    """Write a file, whole or not at all.

    Raises:
        InputError: The folder cannot be written to, or has no room for it.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=out.parent, delete=False) as partial:
            new = Path(partial.name)
        try:
            new.write_bytes(content)
            new.chmod(0o644)
            new.replace(out)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot write {out}: {error.strerror}",
            zh=f"无法写入 {out}：{error.strerror}",
        ) from None


def read_file(path: Path) -> bytes:
    """What a file holds.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}",
            zh=f"无法读取 {path}：{error.strerror}",
        ) from None


def named_form(out: Path, forms: Mapping[str, Form]) -> Form:
    """The form that the suffix of a file names.

    Args:
        out: The file.
        forms: What may be named, by suffix.

    Raises:
        InputError: There is no such form.
    """
    form = forms.get(out.suffix.lower())
    if form is None:
        known = ", ".join(forms)
        raise InputError(
            f"{out.name}: write to a file that ends in {known}",
            zh=f"{out.name}：文件名须以 {known} 结尾",
        )
    return form


def settle(path: Path) -> None:
    """Have the disk hold a file, or the names in a folder, through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
