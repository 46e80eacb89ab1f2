"""The log of an installation checked against every head that is known of it."""

from pathlib import Path

from sqlalchemy import select

from serving.audit.heads import Head, HeadFile, head_of_file
from serving.audit.keys import Keys
from serving.audit.tables import AuditHead
from serving.audit.verification import Verification, Vouched, verify
from serving.audit.walk import Sessions


def vouched(sessions: Sessions, keys: Keys, kept: Path | None = None) -> Vouched:
    """The heads in the database, those beside the key, and one kept elsewhere.

    Args:
        sessions: Transactions of the store.
        keys: Keys of the installation.
        kept: File of a head that was kept outside of the installation.

    Raises:
        InputError: A file holds no head, or one that was altered.
        StoreError: The store does not answer.
    """
    with sessions() as session:
        rows = session.scalars(select(AuditHead).order_by(AuditHead.size)).all()
        inside = tuple(Head.of_row(row) for row in rows)
        frontiers = {row.size: row.frontier for row in rows}
    outside, public = [*HeadFile(keys.folder).heads()], keys.public()
    if kept is not None:
        head, key = head_of_file(kept)
        outside.append(head)
        # Whoever kept the head elsewhere vouches for its key as well.
        public[key.id] = key
    return Vouched(inside, tuple(outside), public, frontiers)


def verify_log(
    sessions: Sessions, keys: Keys, kept: Path | None = None
) -> Verification:
    """Check the whole log; arguments are those of ``vouched``.

    Raises:
        InputError: A file holds no head, or one that was altered.
        StoreError: The store does not answer.
    """
    return verify(sessions, vouched(sessions, keys, kept))
