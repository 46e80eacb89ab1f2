"""One thing that a reader of figures must know, in both languages."""

from typing import Any

Caution = dict[str, Any]


def caution(code: str, reason: str, reason_zh: str) -> Caution:
    """A caution.

    Args:
        code: Stable name of the rule that raises it.
        reason: What weakens the figures and what to do about it, in English.
        reason_zh: The same in Chinese.
    """
    return {"code": code, "reason": reason, "reason_zh": reason_zh}
