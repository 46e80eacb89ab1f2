"""How wide words are: a font of nothing but widths, for the renderer to measure in.

The renderer lays a picture out by the widths of its words, and looks them up in the
fonts of the machine. One with Chinese characters is of twenty megabytes, read again for
every word; and another machine has another, or none.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from threading import Lock

import vl_convert
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import Glyph

FAMILY = "Recoup Widths"
_FILE = "widths.ttf"
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


_registering = Lock()


def register() -> Path:
    """Hand the renderer the font, once, and see that it is still there.

    The renderer opens the file for every word as long as the process lives, and without
    it measures in another font. Systems clean their folder of temporary files of what
    is some days old: what was taken away is written again.

    Returns:
        The file of the font.
    """
    with _registering:
        font = Path(_registered().name) / _FILE
        if not font.exists():
            font.parent.mkdir(mode=0o700, exist_ok=True)
            font.write_bytes(_font())
        return font


def withdraw() -> None:
    """Take the file away until the next chart is drawn.

    A service ends by the signal that it was sent, which leaves such folders behind.
    """
    with _registering:
        if _registered.cache_info().currsize:
            rmtree(_registered().name, ignore_errors=True)


@cache
def _registered() -> TemporaryDirectory[str]:
    """The folder of the font; it goes with a process that ends by itself."""
    folder = TemporaryDirectory(prefix="recoup-widths-")
    (Path(folder.name) / _FILE).write_bytes(_font())
    vl_convert.register_font_directory(folder.name)
    return folder


@cache
def per_em() -> dict[int, int]:
    """Thousandths of an em that characters take, by their code."""
    square = {code: _PER_EM for block in _SQUARE for code in block}
    return square | dict(_narrower())


def _narrower() -> Iterator[tuple[int, int]]:
    source = files("serving.charts").joinpath("widths.toml")
    for wide, characters in tomllib.loads(source.read_text("utf-8")).items():
        yield from ((ord(character), int(wide)) for character in characters)


@cache
def _font() -> bytes:
    """The font as a file."""
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
    builder.setupNameTable({"familyName": FAMILY, "psName": FAMILY})
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
