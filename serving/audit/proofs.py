"""Proofs for somebody who does not have the log: an entry is in it, it only grew."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select

from features.errors import AuditBrokenError, NotFoundError
from serving.audit.heads import Head, head_of_file
from serving.audit.keys import Keys
from serving.audit.merkle import (
    Hash,
    Range,
    consistency,
    extends,
    includes,
    inclusion,
    proof,
)
from serving.audit.tables import AuditHead
from serving.audit.walk import Sessions, row_at, rows

Plain = dict[str, Any]


class Proofs:
    """Proofs from the log of an installation, each under its newest signed head."""

    def __init__(self, sessions: Sessions, keys: Keys) -> None:
        """Read a log.

        Args:
            sessions: Transactions of the store.
            keys: Keys of the installation.
        """
        self._sessions = sessions
        self._keys = keys

    def of_entry(self, number: int) -> Plain:
        """That an entry is in the log.

        Returns:
            ``entry`` with its hash, ``inclusion`` from the leaf up, and the ``head``.

        Raises:
            NotFoundError: No signed head covers such an entry.
            AuditBrokenError: The log does not agree with its head.
            StoreError: The store does not answer.
        """
        head = self.newest()
        with self._sessions() as session:
            row = row_at(session, number)
        if row is None or not 0 < number <= head.size:
            raise NotFoundError(
                f"no signed entry {number}: the log is signed up to {head.size}",
                zh=f"没有已签名的第 {number} 条：日志已签名至第 {head.size} 条",
            )
        path = proof(inclusion(number - 1, head.size), self._leaves)
        leaf = bytes.fromhex(row.hash_as(number) or "")
        if not includes(leaf, number - 1, head.size, path, bytes.fromhex(head.root)):
            raise _disagrees(head)
        entry = row.entry._asdict()
        return {
            "entry": entry | {"hash": row.hash},
            "inclusion": [each.hex() for each in path],
            "head": self._plain(head),
        }

    def of_growth(self, kept: Path) -> Plain:
        """That the log of a head that was kept elsewhere is the beginning of this one.

        Returns:
            ``earlier``, the head that was kept, and ``consistency``.

        Raises:
            InputError: The file holds no head.
            AuditBrokenError: It is not: the log was altered since, or is shorter.
            StoreError: The store does not answer.
        """
        (earlier, key), head = head_of_file(kept), self.newest()
        if not 0 < earlier.size <= head.size:
            raise _disagrees(earlier)
        path = proof(consistency(earlier.size, head.size), self._leaves)
        roots = bytes.fromhex(earlier.root), bytes.fromhex(head.root)
        if not extends(earlier.size, roots[0], head.size, roots[1], path):
            raise _disagrees(earlier)
        shown = [each.hex() for each in path]
        return {"earlier": earlier.plain(key), "consistency": shown}

    def newest(self) -> Head:
        """The newest head in the database.

        Raises:
            NotFoundError: Nothing is signed yet.
            AuditBrokenError: No key of this installation signed it.
            StoreError: The store does not answer.
        """
        query = select(AuditHead).order_by(AuditHead.size.desc()).limit(1)
        with self._sessions() as session:
            row = session.scalar(query)
        if row is None:
            raise NotFoundError(
                "nothing of the audit log is signed yet: python -m serving audit head",
                zh="审计日志尚未签名：请运行 python -m serving audit head",
            )
        head = Head.of_row(row)
        if not head.is_signed_by(self._keys.public()):
            raise _disagrees(head)
        return head

    def _plain(self, head: Head) -> Plain:
        return head.plain(self._keys.public()[head.key])

    def _leaves(self, of: Range) -> Iterator[Hash]:
        first, last = of
        for row in islice(rows(self._sessions, first or None), last - first):
            yield bytes.fromhex(row.hash_as(row.entry.number) or "")


def _disagrees(head: Head) -> AuditBrokenError:
    return AuditBrokenError(
        f"the log does not agree with its head of {head.size} entries: run "
        "python -m serving audit verify",
        zh=f"日志与其 {head.size} 条时的签名头不一致：请运行 "
        "python -m serving audit verify",
    )
