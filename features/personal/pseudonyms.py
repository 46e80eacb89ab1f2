"""Pseudonyms: the same person under the same sign, whom only a key can tell."""

import base64
import hmac
import secrets
from dataclasses import dataclass, field

from features.personal.numbers import is_old_id_number, new_id_number, plain
from features.personal.recognition import found, narrowed

_PREFIX = "P-"
# 80 bits: two of a billion persons share a sign once in a million installations.
_KEPT_BYTES = 10


def _fleeting() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True)
class Pseudonyms:
    """Signs of persons, of one tenant: HMAC-SHA-256 of what is known of them.

    Attributes:
        key: Of the tenant; one that nobody keeps where none is given, so that signs
            hold within one reading only.
    """

    key: bytes = field(default_factory=_fleeting, repr=False)

    def of(self, text: str) -> str:
        """The sign of a name or a number, however its digits are parted."""
        digest = hmac.digest(self.key, normal(text).encode(), "sha256")
        return _PREFIX + base64.b32encode(digest[:_KEPT_BYTES]).decode()

    def protected(self, text: str, *, expected: bool = False) -> str:
        """A text with a sign in place of each piece of personal data in it.

        Args:
            text: Any text.
            expected: Whether names are expected there.
        """
        for span in reversed(found(text, expected=expected)):
            sign = self.of(text[span.start : span.end])
            text = text[: span.start] + sign + text[span.end :]
        return text


def normal(text: str) -> str:
    """What is the same for one person: an old number of identity is the new one."""
    narrow = narrowed(text)
    number = plain(narrow)
    is_old = len(number) == 15 and number.isdigit() and is_old_id_number(number)
    return new_id_number(number) if is_old else number
