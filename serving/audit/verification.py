"""The whole log checked: every hash, every link, every signed head, and its end."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from serving.audit.actions import Action
from serving.audit.breaks import Break, Place
from serving.audit.heads import Head, packed
from serving.audit.keys import PublicKey
from serving.audit.tables import AuditEnd
from serving.audit.walk import Row, Sessions, Walk, page, row_at

# What is noted where a backup was put into a new database.
RESTORED: Action = "store.restored"


@dataclass(frozen=True)
class Vouched:
    """Heads that the log must agree with.

    Attributes:
        database: Those in the database.
        outside: Those kept elsewhere: beside the key, or by somebody else.
        keys: Public keys of the installation.
        frontiers: What the database keeps of the tree at the size of each head.
    """

    database: tuple[Head, ...]
    outside: tuple[Head, ...]
    keys: Mapping[str, PublicKey]
    frontiers: Mapping[int, str]

    def by_size(self) -> dict[int, tuple[Head, ...]]:
        """Every head by the number of entries, each once."""
        found: dict[int, tuple[Head, ...]] = {}
        for head in dict.fromkeys((*self.database, *self.outside)):
            found[head.size] = (*found.get(head.size, ()), head)
        return found


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        entries: How many entries hold together from the first on.
        heads: How many signed heads agree with them.
        vouched: The last entry that a signed head covers.
        seconds: How long it took.
        broken: What is wrong first; None where nothing is.
    """

    entries: int
    heads: int
    vouched: int
    seconds: float
    broken: Break | None


def verify(sessions: Sessions, vouched: Vouched) -> Verification:
    """Go through the log from its first entry to the first that is broken.

    Args:
        sessions: Transactions of the store; each page of the log is read in one.
        vouched: The signed heads.

    Raises:
        StoreError: The store does not answer.
    """
    begun = time.perf_counter()
    check = _Check(sessions, vouched)
    broken = check.run()
    seconds = time.perf_counter() - begun
    return Verification(check.walk.number, check.heads, check.vouched, seconds, broken)


class _Check:
    """A walk through the log and past its heads."""

    def __init__(self, sessions: Sessions, vouched: Vouched) -> None:
        self._sessions = sessions
        self._marks = vouched.by_size()
        self._keys = vouched.keys
        self._frontiers = vouched.frontiers
        self._removed = _missing(vouched)
        self.walk = Walk()
        self._altered: list[int] = []
        self.heads = 0
        self.vouched = 0

    def run(self) -> Break | None:
        last: int | None = None
        while True:
            with self._sessions() as session:
                end = session.get_one(AuditEnd, 1)
                found = page(session, last)
            if not found:
                return self._at_end(end.number, end.hash)
            broken = self._through(found, end.hash)
            if broken:
                return broken
            last = self.walk.number

    def _through(self, found: Iterable[Row], end_hash: str) -> Break | None:
        for row in found:
            fault = self.walk.fault(row)
            if fault:
                place = Place(self.walk, row, self.vouched, end_hash)
                return place.named(fault, self._sessions)
            self.walk.take(row)
            if not self._agrees():
                return self._forged(end_hash)
        return None

    def _forged(self, end_hash: str) -> Break:
        """What was done before a head that does not agree."""
        if restored := self._restored():
            vouched = max(self.walk.number, self._largest_signed())
            return Break("restored", restored, vouched)
        forged = Break("forged", self.vouched + 1, self.walk.number)
        with self._sessions() as session:
            following = row_at(session, self.walk.number + 1)
        if following is None or self.walk.fault(following) != "hash":
            return forged
        # The next entry knows better, where it was pushed away by what was inserted.
        place = Place(self.walk, following, self.vouched, end_hash)
        named = place.named("hash", self._sessions)
        return named if named.kind == "inserted" else forged

    def _restored(self) -> int | None:
        """The entry after the last one vouched for that notes a backup put back."""
        with self._sessions() as session:
            for number in range(self.vouched + 1, self.walk.number + 1):
                row = row_at(session, number)
                if row is not None and row.entry.action == RESTORED:
                    return number
        return None

    def _agrees(self) -> bool:
        """Whether the signed heads of this many entries do."""
        size = self.walk.number
        heads = self._marks.pop(size, ())
        signed = [head for head in heads if head.is_signed_by(self._keys)]
        root = self.walk.frontier.root().hex() if heads else ""
        if any(head.root != root for head in signed):
            return False
        kept = self._frontiers.get(size)
        if len(signed) < len(heads) or kept not in (None, packed(self.walk.frontier)):
            self._altered.append(size)
        if signed:
            self.heads, self.vouched = self.heads + 1, size
        return True

    def _at_end(self, number: int, own_hash: str) -> Break | None:
        last = self.walk.number
        known = max(number, self._largest_signed())
        if known > last:
            if number <= last and (restored := self._restored()):
                return Break("restored", restored, known)
            # Where the end was made to agree, what no head covers may be another log.
            first = last if number > last else self.vouched
            return Break("truncated", first + 1, known)
        if self.vouched <= number < last:
            return Break("inserted", number + 1, last)
        if (number, own_hash) != (last, self.walk.previous):
            return Break("end_altered", last, last)
        return self._odd_heads()

    def _largest_signed(self) -> int:
        """Size of the largest signed head of more entries than there are."""
        heads = [head for each in self._marks.values() for head in each]
        signed = (head.size for head in heads if head.is_signed_by(self._keys))
        return max(signed, default=0)

    def _odd_heads(self) -> Break | None:
        """Heads that were altered, are of no size the log ever had, or are gone."""
        altered = sorted((*self._altered, *self._marks))
        if altered:
            return Break("head_altered", altered[0], altered[0])
        if self._removed:
            return Break("head_removed", self._removed[0], self._removed[0])
        return None


def _missing(vouched: Vouched) -> list[int]:
    """Sizes of heads that are kept elsewhere and are not in the database."""
    there = {head.size for head in vouched.database}
    return sorted({head.size for head in vouched.outside} - there)
