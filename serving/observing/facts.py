"""What is known of the request that is being answered, for every line it leaves.

Facts stand in one mapping that all threads and tasks of a request share, so that what a
worker finds out, such as the identifier of a valuation, is told by the lines of others.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from secrets import token_hex

# Names of other systems: UUIDs, identifiers of proxies, traces.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
# From here on a status says that the service is at fault, not the sender.
_OURS = 500
_NOTHING: Mapping[str, object] = {}
_known: ContextVar[dict[str, object] | None] = ContextVar("known", default=None)


def begin(**facts: object) -> dict[str, object]:
    """Begin a request, or a command; nothing of another one is known any more."""
    known = dict(facts)
    _known.set(known)
    return known


def note(**facts: object) -> None:
    """Note what was found out, such as ``valuation`` or ``claims``.

    Nothing is noted where no request was begun.
    """
    known = _known.get()
    if known is not None:
        known.update(facts)


def note_refusal(code: str, status: int, reason: str) -> None:
    """Note why a request is refused.

    Args:
        code: Kind of the refusal.
        status: HTTP status of the answer.
        reason: What the answer says; noted where the fault is not the sender's, whose
            words are not repeated.
    """
    note(code=code, **({"reason": reason} if status >= _OURS else {}))


def known() -> Mapping[str, object]:
    """What is known so far."""
    return _known.get() or _NOTHING


def request_id() -> str | None:
    """Identifier of the request that is being answered, if one is."""
    found = known().get("request_id")
    return None if found is None else str(found)


def identifier(asked: str | None) -> str:
    """The identifier that a sender asks for if it is well-formed, else a new one."""
    if asked is not None and _WELL_FORMED.fullmatch(asked):
        return asked
    return token_hex(8)
