"""A font of nothing but widths: those that characters have where charts are shown."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import Glyph

_PER_EM, _HIGH = 1000, 733
# Characters as wide as they are high: Roman numerals; numbers in circles; radicals,
# punctuation, kana and ideographs, but for marks above others and phonetic signs;
# ideographs again; full-width forms.
_SQUARE = (
    range(0x2160, 0x217C),
    range(0x2460, 0x2500),
    range(0x2E80, 0x302A),
    range(0x3030, 0x3099),
    range(0x309B, 0x3100),
    range(0x3200, 0xA000),
    range(0xF900, 0xFB00),
    range(0xFF01, 0xFF61),
)
# Many characters to one glyph, which makes a font of some kilobytes.
_MANY_TO_ONE = 13


@cache
def per_em() -> dict[int, int]:
    """Thousandths of an em that characters take, by their code."""
    square = {code: _PER_EM for block in _SQUARE for code in block}
    return square | dict(_narrower())


def _narrower() -> Iterator[tuple[int, int]]:
    source = files("serving.charts").joinpath("widths.toml")
    for wide, characters in tomllib.loads(source.read_text("utf-8")).items():
        yield from ((ord(character), int(wide)) for character in characters)


def font_of_widths(family: str) -> bytes:
    """A font as a file.

    Args:
        family: Its name.
    """
    glyphs = {".notdef": _PER_EM} | {_glyph(w): w for w in set(per_em().values())}
    builder = FontBuilder(_PER_EM)
    builder.setupGlyphOrder([*glyphs])
    builder.setupCharacterMap({})
    characters = CmapSubtable.newSubtable(_MANY_TO_ONE)
    characters.platformID, characters.platEncID, characters.language = 3, 10, 0
    characters.cmap = {code: _glyph(w) for code, w in per_em().items()}
    builder.font["cmap"].tables = [characters]
    builder.setupGlyf({name: _block(w) for name, w in glyphs.items()})
    builder.setupHorizontalMetrics({name: (w, 0) for name, w in glyphs.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": family, "psName": family})
    builder.setupOS2()
    builder.setupPost()
    file = BytesIO()
    builder.save(file)
    return file.getvalue()


def _block(wide: int) -> Glyph:
    """A glyph that is black all over: what is measured is where there is ink."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, _HIGH), (wide, _HIGH), (wide, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def _glyph(wide: int) -> str:
    return f"w{wide}"
