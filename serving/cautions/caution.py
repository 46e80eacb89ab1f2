"""One thing that a reader of figures must know, in both languages."""

from collections.abc import Sequence
from typing import Any

from features.findings import shortened

Caution = dict[str, Any]

# What hangs on this share of the present value, or of what is owed, is worth a word.
DOUBTED_SHARE = 0.1
SHOWN_NAMES = 10


def caution(code: str, reason: str, reason_zh: str) -> Caution:
    """A caution.

    Args:
        code: Stable name of the rule that raises it.
        reason: What weakens the figures and what to do about it, in English.
        reason_zh: The same in Chinese.
    """
    return {"code": code, "reason": reason, "reason_zh": reason_zh}


def counted(count: int, noun: str) -> str:
    """So many of something, in English."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str], mark: str = ", ") -> str:
    """The first names, each cut short, and a sign that there are more."""
    shown = [shortened(name) for name in names[:SHOWN_NAMES]]
    return mark.join([*shown, *(["…"] if len(names) > SHOWN_NAMES else [])])
