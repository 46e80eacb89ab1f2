"""Where a log is broken first, and what was done to it there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from features.catalogue import Language
from serving.audit.entry import GENESIS
from serving.audit.walk import Fault, Row, Sessions, Walk, row_at, rows

Kind = Literal[
    "edited",
    "removed",
    "swapped",
    "inserted",
    "truncated",
    "forged",
    "restored",
    "head_altered",
    "head_removed",
    "end_altered",
]
_WORDS: Mapping[Kind, tuple[str, str]] = MappingProxyType(
    {
        "edited": (
            "entry {first} was edited: it is not what was hashed",
            "第 {first} 条被修改：内容与其散列值不符",
        ),
        "removed": (
            "entries {first} to {last} were removed",
            "第 {first} 至 {last} 条被删除",
        ),
        "swapped": (
            "entries {first} and {last} were swapped",
            "第 {first} 条与第 {last} 条被对调",
        ),
        "inserted": (
            "entry {first} was inserted: nobody appended it",
            "第 {first} 条系插入：并非追加而来",
        ),
        "truncated": (
            "entries are missing from {first} on: the log was cut off, which reached "
            "{last}",
            "自第 {first} 条起有缺失：日志末尾被截断，原有 {last} 条",
        ),
        "forged": (
            "one of the entries {first} to {last} was altered, and the log from there "
            "on hashed again",
            "第 {first} 至 {last} 条中有被改动者，其后的日志被重新计算散列",
        ),
        "restored": (
            "entry {first} goes on from a backup that was restored, while {last} "
            "entries were vouched for before: those from {first} on are missing, and "
            "who restored it accepts that (docs/runbook.md, Restore); if nobody did, "
            "the log was altered",
            "第 {first} 条自恢复的备份续写，而此前已签名至第 {last} 条："
            "自第 {first} 条起的原有记录缺失，"
            "须由恢复人确认接受（见 docs/runbook.md 的 Restore）；"
            "如无人做过恢复，则日志已被篡改",
        ),
        "head_altered": (
            "the signed head of {first} entries was altered: no key of this "
            "installation signed it; where another machine signs this store, have all "
            "share one RECOUP_AUDIT_FOLDER, or copy its public keys here",
            "{first} 条时的签名头被改动：并非由本系统的密钥签署；如另有机器为同一库"
            "签名，请共用一个 RECOUP_AUDIT_FOLDER，或将其公钥复制到本机",
        ),
        "head_removed": (
            "the signed head of {first} entries was removed from the database",
            "{first} 条时的签名头已从数据库删除",
        ),
        "end_altered": (
            "the end of the log was altered: it does not name entry {first} last",
            "日志末端记录被改动：未指明第 {first} 条为最后一条",
        ),
    }
)


@dataclass(frozen=True)
class Break:
    """The first thing that is wrong with a log.

    Attributes:
        kind: What was done.
        first: The first broken entry, or the first that may be; for a head, its size.
        last: The last entry concerned.
    """

    kind: Kind
    first: int
    last: int

    def sentence(self, language: Language = "en") -> str:
        """What was done, in words."""
        english, chinese = _WORDS[self.kind]
        words = chinese if language == "zh" else english
        return words.format(first=f"{self.first:,}", last=f"{self.last:,}")


@dataclass(frozen=True)
class Place:
    """Where a walk came upon a row that does not follow.

    Attributes:
        walk: As far as the log holds together.
        row: The row.
        vouched: Size of the last signed head that agrees with the log.
        end_hash: Hash of the last entry, as the end of the log has it.
    """

    walk: Walk
    row: Row
    vouched: int
    end_hash: str

    def named(self, fault: Fault, sessions: Sessions) -> Break:
        """What was done there."""
        return _NAMED[fault](self, sessions)

    @property
    def number(self) -> int:
        """Where the row stands."""
        return self.row.entry.number


def _of_number(place: Place, _: Sessions) -> Break:
    expected = place.walk.number + 1
    if place.number < expected:
        return Break("inserted", place.number, place.number)
    return Break("removed", expected, place.number - 1)


def _of_hash(place: Place, sessions: Sessions) -> Break:
    number = place.number
    home = _home(place.row, sessions)
    if home is None:
        pushed = _row(sessions, number + 1)
        kind: Kind = "inserted" if pushed and _follows(pushed, place) else "edited"
        return Break(kind, number, number)
    there = _row(sessions, home)
    if there is not None and there.hash_as(number) in (there.hash, place.row.hash):
        return Break("swapped", number, home)
    if there is not None and there.hash_as(home) == there.hash:
        return _of_copy(place, home, there, sessions)
    return Break("removed", number, home - 1)


def _of_copy(place: Place, home: int, there: Row, sessions: Sessions) -> Break:
    """Of a row whose place another holds: it was pushed away, or is a copy."""
    before = _row(sessions, home - 1)
    previous = GENESIS if before is None else before.hash
    pushed = home < place.number and place.row.entry.previous == previous
    if pushed and there.entry.previous == previous and there.hash != place.row.hash:
        return Break("inserted", home, place.number - 1)
    return Break("edited", place.number, place.number)


def _of_previous(place: Place, sessions: Sessions) -> Break:
    """Of a row that is as it was hashed, but follows another than stands before it."""
    following = _row(sessions, place.number + 1)
    named = place.end_hash if following is None else following.entry.previous
    if named == place.row.hash and place.number > 1:
        first = min(place.vouched + 1, place.number - 1)
        return Break("forged", first, place.number - 1)
    return Break("forged", place.vouched + 1, place.number)


_NAMED: Mapping[Fault, Callable[[Place, Sessions], Break]] = MappingProxyType(
    {"number": _of_number, "hash": _of_hash, "previous": _of_previous}
)


def _home(row: Row, sessions: Sessions) -> int | None:
    """The place at which a row is what was hashed, by its own hash or the one there."""
    for other in rows(sessions):
        number = other.entry.number
        if row.hash_as(number) in (row.hash, other.hash):
            return number
    return None


def _follows(pushed: Row, place: Place) -> bool:
    """Whether the row after the place is the one that stood there."""
    is_home = pushed.hash_as(place.number) == pushed.hash
    return is_home and pushed.entry.previous == place.walk.previous


def _row(sessions: Sessions, number: int) -> Row | None:
    with sessions() as session:
        return row_at(session, number)
