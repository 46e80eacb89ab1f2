"""Tags and text of HTML and XML, as far as tables need them; nothing is expanded.

Banks' systems save pages of tables, and workbooks in XML, under the name .xls. No
entity but those of HTML is known, nothing is fetched, and every step moves forward.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from features.reading.files.delimited import decoded
from features.reading.refusals import refusal

_BEGINS = re.compile(r"\s*(<!--|<[!?a-z])", re.IGNORECASE)
_CHARSET = re.compile(
    r"<(?:meta|\?xml)[^<>]*?(?:charset|encoding)\s*=\s*[\"']?([\w-]+)"
)
_ENCODINGS = re.compile(
    r"utf-?(8|16)|gb(2312|k|18030)|gb_2312-80|unicode|us-ascii|iso-8859-1|windows-1252",
    re.IGNORECASE,
)
_LOOKED_AT = 1 << 12
# Quoted texts may hold a bracket; where quotation marks are torn a tag ends at the
# first one. Their number and length are bounded, so that no tag is looked at for long.
_TOKEN = re.compile(
    r"<!--|<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]{0,60}+)"
    r"(?P<said>(?:[^<>\"']++|\"[^\"]{0,4096}+\"|'[^']{0,4096}+'){0,100}+(?=>)|[^<>]*+)>"
    r"|<[!?][^<>]*+>"
)
_SILENT = {
    "<!--": re.compile("-->"),
    "script": re.compile(r"</script[^<>]*+>", re.IGNORECASE),
    "style": re.compile(r"</style[^<>]*+>", re.IGNORECASE),
}


@dataclass(frozen=True)
class Tag:
    """A tag.

    Attributes:
        name: Its name in small letters, without a prefix.
        said: Its attributes as written.
        ends: Whether it closes an element.
    """

    name: str
    said: str = ""
    ends: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it opens and closes its element at once."""
        return self.said.endswith("/")

    def attribute(self, name: str) -> str | None:
        """The value of an attribute, whatever its prefix."""
        if name not in self.said and name not in self.said.casefold():
            return None
        found = re.search(
            rf"(?:^|[\s\"':]){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
            self.said,
            re.IGNORECASE,
        )
        return unescape(next(filter(None, found.groups()), "")) if found else None

    def number(self, name: str, absent: int) -> int:
        """The value of an attribute as a count."""
        digits = (self.attribute(name) or "").strip()
        return int(digits) if digits.isdecimal() and len(digits) < 8 else absent


def is_markup(data: bytes) -> bool:
    """Whether a file begins as HTML or XML."""
    begun = data[:_LOOKED_AT]
    if begun.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = begun[: len(begun) // 2 * 2].decode("utf-16", "ignore")
    else:
        text = begun.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    return _BEGINS.match(text) is not None


def decoded_markup(data: bytes, filename: str) -> tuple[str, str]:
    """Text and encoding of HTML or XML.

    Raises:
        TapeError: It names, or has, an encoding that is not read, declares entities,
            or holds NUL.
    """
    text, encoding = decoded(data, filename)
    named = _CHARSET.search(text[:_LOOKED_AT])
    if named and not _ENCODINGS.fullmatch(named[1]):
        raise refusal("unknown_encoding", file=filename)
    if "\0" in text:
        raise refusal("unknown_form", file=filename)
    if re.search(r"<!ENTITY|<!DOCTYPE[^<>]*\[", text, re.IGNORECASE):
        raise refusal("declares_entities", file=filename, part="it")
    return text, encoding


def tokens(text: str) -> Iterator[Tag | str]:
    """Tags, and the text between them; comments, scripts and styles are passed over."""
    at = 0
    while found := _TOKEN.search(text, at):
        if between := text[at : found.start()]:
            yield unescape(between)
        at = found.end()
        name = (found["name"] or found[0]).rpartition(":")[2].casefold()
        if name in _SILENT and not found["end"]:
            ended = _SILENT[name].search(text, at)
            at = ended.end() if ended else len(text)
        elif found["name"]:
            yield Tag(name, found["said"], bool(found["end"]))
    yield unescape(text[at:])


def one_line(pieces: list[str]) -> str:
    """Pieces of text as one line with single blanks."""
    return " ".join("".join(pieces).split())
