"""The page that somebody wanted before they had to sign in."""

import re
from urllib.parse import quote, unquote

from fastapi import Request, Response

from features.catalogue import Language

COOKIE = "recoup-wanted"
SECONDS = 900
# A page of this service and of no other: never "//host", a scheme or a stroke back.
_PAGE = re.compile(r"/(?:zh|en)(?:[/?](?:[^\\\x00-\x20\x7f])*)?")


def own_page(address: str, language: Language, beginning: str = "/valuations") -> str:
    """An address that leads to a page of this service.

    Args:
        address: As somebody stated it.
        language: Of the page that is given in its place where it leads elsewhere.
        beginning: Path of that page.
    """
    return address if _PAGE.fullmatch(address) else f"/{language}{beginning}"


def remember(answer: Response, address: str, *, secure: bool) -> None:
    """Have the browser remember a page, while somebody looks for their link."""
    answer.set_cookie(
        COOKIE,
        quote(address, safe=""),
        max_age=SECONDS,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def recalled(request: Request) -> str:
    """The page that the browser remembers; empty where it remembers none."""
    return unquote(request.cookies.get(COOKIE, ""))
