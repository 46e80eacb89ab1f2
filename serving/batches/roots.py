"""Which data sets may be named over HTTP: those beneath folders that were set.

An address is judged by where it truly leads: links are followed first, and whatever
leads elsewhere is refused in the same words as what does not exist, so that nobody
learns what else there is.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from features.errors import Finding, InputError
from features.findings import shortened
from serving.book.address import files_at, place, scheme

LONGEST_ADDRESS = 1024
# They climb, chain stores or carry settings of a store.
_FORBIDDEN = ("..", "::", "\\", "?", "#", "{", "}", "~")


class Roots:
    """The folders beneath which a tenant's data sets are."""

    def __init__(self, stated: str, tenant: str) -> None:
        """Read them.

        Args:
            stated: Addresses parted by commas, ``{tenant}`` for the name of a tenant.
            tenant: Name of the tenant.
        """
        named = (root.strip().rstrip("/") for root in stated.split(","))
        self._roots = [root.replace("{tenant}", tenant) for root in named if root]

    def address(self, stated: str, table: str) -> str:
        """An address as it is read.

        Args:
            stated: A file, a folder or a pattern, as a whole or beneath a root.
            table: Table that it holds.

        Raises:
            InputError: It leads to no file, or to one that is beneath no root.
        """
        for root, candidate in self._candidates(stated):
            if _leads_beneath(root, candidate):
                return candidate
        raise _refusal(stated, table)

    def _candidates(self, stated: str) -> Iterator[tuple[str, str]]:
        if not stated.isprintable() or any(sign in stated for sign in _FORBIDDEN):
            return
        for root in self._roots:
            if stated == root or stated.startswith(f"{root}/"):
                yield root, stated
            elif "://" not in stated and not stated.startswith("/"):
                yield root, f"{root}/{stated}"


def _leads_beneath(root: str, candidate: str) -> bool:
    """Whether there are files, all of them beneath the root."""
    try:
        paths = [info.path for info in files_at(candidate)]
    except InputError:
        return False
    if scheme(root) == "file":
        top = Path(os.path.realpath(root))
        return all(Path(os.path.realpath(path)).is_relative_to(top) for path in paths)
    return all(path.startswith(f"{place(root).path}/") for path in paths)


def _refusal(stated: str, table: str) -> InputError:
    reason = (
        "there is no data set of this name beneath the folders that "
        "RECOUP_BATCH_SOURCES allows; check the address, or upload the file"
    )
    zh = "RECOUP_BATCH_SOURCES 允许的目录下没有该数据集；请检查地址，或改为上传文件"
    value = shortened(stated)
    finding = Finding("no_source", reason, zh, table="", field=table, value=value)
    return InputError(finding.sentence(), [finding], zh)
