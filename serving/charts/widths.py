"""How wide words are: a font of nothing but widths, for the renderer to measure in.

The renderer lays a picture out by the widths of its words, and looks them up in the
fonts of the machine. One with Chinese characters is of twenty megabytes, read again for
every word; and another machine has another, or none.
"""

from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from threading import Lock

import vl_convert

FAMILY = "Recoup Widths"
_FILE = "widths.ttf"
_registering = Lock()


def register() -> Path:
    """Hand the renderer the font, once, and see that it is still there.

    The renderer opens the file for every word as long as the process lives, and without
    it measures in another font. Systems clean their folder of temporary files of what
    is some days old: what was taken away is written again.

    Returns:
        The file of the font.

    Raises:
        OSError: There is no room for it, or no folder of temporary files.
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
def _font() -> bytes:
    # What writes fonts takes a tenth of a second to import, which no start needs.
    from serving.charts.font import font_of_widths

    return font_of_widths(FAMILY)
