"""Identifiers that sort by time, and the cursors of a listing made from them."""

import base64
import binascii
import re
import secrets
from datetime import datetime

from features.errors import Finding, InputError, NotFoundError

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
# Of an identifier that is none, as much is told.
_SHOWN, _LONGEST_CLAIM_SHOWN = 40, 100
_RANDOM_BITS = 80
_FORM = re.compile(f"[{_ALPHABET}]{{{_LENGTH}}}")


def new_id(now: datetime, after: str | None = None) -> str:
    """A ULID: 48 bits of milliseconds and 80 random bits as 26 characters.

    Args:
        now: The time by the clock of this machine.
        after: An identifier that this one must follow, though the clock was set back
            or the machine that made it is ahead; none where absent.
    """
    milliseconds = int(now.timestamp() * 1000)
    if after is not None:
        milliseconds = max(milliseconds, _milliseconds(after) + 1)
    number = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    return "".join(
        _ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(_LENGTH))
    )


def _milliseconds(identifier: str) -> int:
    number = 0
    for character in identifier:
        number = number << 5 | _ALPHABET.index(character)
    return number >> _RANDOM_BITS


def is_id(candidate: str) -> bool:
    """Whether a text has the form of an identifier."""
    return _FORM.fullmatch(candidate) is not None


def cursor_after(identifier: str) -> str:
    """The cursor of the page that follows a row."""
    return base64.urlsafe_b64encode(identifier.encode()).decode().rstrip("=")


def row_before(cursor: str) -> str:
    """The row that a cursor follows.

    Raises:
        InputError: The text is no cursor of this service.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        identifier = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        identifier = ""
    if not is_id(identifier) or cursor_after(identifier) != cursor:
        reason = "cursor is not one this service gave; start again without it"
        zh = "cursor 不是本服务给出的游标；请去掉后重新查询"
        raise InputError(
            reason, [Finding("bad_cursor", reason, zh, "query", field="cursor")]
        )
    return identifier


def unknown_valuation(identifier: str) -> NotFoundError:
    """Says that there is no such valuation."""
    shown = identifier[:_SHOWN]
    return NotFoundError(f"there is no valuation {shown}", zh=f"没有估值 {shown}")


def unknown_claim(claim_id: str) -> NotFoundError:
    """Says that a valuation has no such claim."""
    shown = claim_id[:_LONGEST_CLAIM_SHOWN]
    return NotFoundError(
        f"this valuation has no claim {shown}", zh=f"该估值中没有债权 {shown}"
    )
