"""New entries of the log are signed as a head, after they were looked through."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from features.errors import AuditBrokenError, RecoupError, StoreError
from serving.access.who import service
from serving.audit.heads import Head, HeadFile, frontier_of, packed
from serving.audit.keys import Keys, SigningKey
from serving.audit.log import Audit, utc_text
from serving.audit.proofs import Proofs
from serving.audit.tables import AuditEnd, AuditHead
from serving.audit.walk import Sessions, Walk, rows

log = logging.getLogger(__name__)


class Signing:
    """Signs the log of an installation.

    Attributes:
        trouble: Why it could not be signed when that was tried last.
    """

    def __init__(self, sessions: Sessions, keys: Keys) -> None:
        """Remember where the log and the keys are.

        Args:
            sessions: Transactions of the store.
            keys: Keys of the installation.
        """
        self._sessions = sessions
        self._keys = keys
        self.file = HeadFile(keys.folder)
        self.trouble: str | None = None

    def sign(self) -> Head | None:
        """Sign the log as it stands; None where nothing is new.

        Raises:
            AuditBrokenError: The new entries do not follow, or some are missing.
            ConfigError: There is no key to sign with.
            StoreError: The store does not answer.
        """
        key = self._keys.signing()
        if self._keys.publish(key.public):
            self._note_new(key)
        with self._sessions() as session:
            last = session.scalar(
                select(AuditHead).order_by(AuditHead.size.desc()).limit(1)
            )
            end = session.get_one(AuditEnd, 1).number
        self._check_file(end)
        if end == (last.size if last else 0):
            return None
        walk = self._walked(last, end)
        head = _signed(walk, key)
        if not self._kept(head, walk):
            return None
        self.file.add(head, key.public)
        return head

    def check(self) -> None:
        """Refuse heads beside the key that are of a longer log, as of another store.

        Raises:
            AuditBrokenError: They are.
            StoreError: The store does not answer.
        """
        with self._sessions() as session:
            end = session.get_one(AuditEnd, 1).number
        self._check_file(end)

    def keep_up(self) -> None:
        """Sign what is new; say so where it cannot be signed."""
        try:
            self.sign()
        except StoreError as error:
            log.warning("%s", error)
        except (RecoupError, OSError) as error:
            log.error("%s", error)
            self.trouble = str(error)
        else:
            self.trouble = None

    def newest(self) -> Head:
        """The newest signed head.

        Raises:
            NotFoundError: Nothing is signed yet.
            AuditBrokenError: The head was altered.
            StoreError: The store does not answer.
        """
        return Proofs(self._sessions, self._keys).newest()

    def signed(self) -> dict[str, object]:
        """The log as it stands, signed, for somebody else to keep.

        Raises:
            AuditBrokenError: The log was altered.
            ConfigError: There is no key to sign with.
            StoreError: The store does not answer.
        """
        self.sign()
        head = self.newest()
        return head.plain(self._keys.public()[head.key])

    def _note_new(self, key: SigningKey) -> None:
        made = {"public_key": key.public.hex}
        with self._sessions() as session:
            Audit.append(session, service(), "audit.key_made", key.public.id, made)

    def _check_file(self, end: int) -> None:
        if self.file.beyond(end):
            raise _another(end + 1)

    def _walked(self, last: AuditHead | None, end: int) -> Walk:
        """The log up to its end, from the last head on."""
        walk = Walk() if last is None else self._after(last)
        vouched = self._vouched(walk.number)
        for row in rows(self._sessions, walk.number or None):
            if walk.number == end:
                break
            if walk.fault(row):
                raise _broken(row.entry.number)
            walk.take(row)
            if vouched.get(walk.number, "") not in ("", walk.frontier.root().hex()):
                raise _another(walk.number)
        if walk.number != end:
            raise _broken(walk.number + 1)
        return walk

    def _vouched(self, size: int) -> dict[int, str]:
        """Roots beside the key of which the database has no head.

        A log that was put back from a backup has other entries there.

        Args:
            size: Entries that the newest head of the database covers.
        """
        keys = self._keys.public()
        beyond = self.file.beyond(size)
        return {head.size: head.root for head in beyond if head.is_signed_by(keys)}

    def _after(self, last: AuditHead) -> Walk:
        keys, frontier = self._keys.public(), frontier_of(last)
        if last.key not in keys:
            raise _unknown(last.key, self._keys.folder)
        if frontier is None or not Head.of_row(last).is_signed_by(keys):
            raise _broken(last.size)
        return Walk(last.last, frontier)

    def _kept(self, head: Head, walk: Walk) -> bool:
        """Whether the head was put down; not where another process signed as much."""
        values = {name: getattr(head, name) for name in Head.__slots__}
        try:
            with self._sessions() as session:
                session.add(AuditHead(**values, frontier=packed(walk.frontier)))
        except StoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True


def _signed(walk: Walk, key: SigningKey) -> Head:
    root, now = walk.frontier.root().hex(), utc_text(datetime.now(UTC))
    head = Head(walk.number, now, root, walk.previous, key.public.id)
    return replace(head, signature=key.sign(head.content()))


def _another(number: int) -> AuditBrokenError:
    return AuditBrokenError(
        f"the audit log is broken at entry {number} or before by the heads beside the "
        "key, and is not signed: run python -m serving audit verify; where this is "
        "another store, give it a RECOUP_AUDIT_FOLDER of its own",
        zh=f"审计日志在第 {number} 条或之前与密钥目录中的签名头不符，未予签名：请运行 "
        "python -m serving audit verify；如为另一个库，请另设 RECOUP_AUDIT_FOLDER",
    )


def _unknown(key: str, folder: Path) -> AuditBrokenError:
    return AuditBrokenError(
        f"the newest head of the audit log is signed with key {key}, which {folder} "
        "does not know, and the log is not signed here: where another machine signs "
        "this store, have all share one RECOUP_AUDIT_FOLDER, or copy the files of "
        f"its folder public to {folder}/public; where none does, the log was altered: "
        "run python -m serving audit verify",
        zh=f"审计日志最新签名头由密钥 {key} 签署，而 {folder} 中没有该密钥，"
        "本机未予签名：如另有机器为同一库签名，请共用一个 RECOUP_AUDIT_FOLDER，"
        f"或将其 public 目录中的文件复制到 {folder}/public；如没有，则日志已被改动，"
        "请运行 python -m serving audit verify",
    )


def _broken(number: int) -> AuditBrokenError:
    return AuditBrokenError(
        f"the audit log is broken at entry {number} or before, and is not signed: run "
        "python -m serving audit verify",
        zh=f"审计日志在第 {number} 条或之前已损坏，未予签名：请运行 "
        "python -m serving audit verify",
    )
