"""Charts as SVG: the same figures always give the same bytes.

Nearly all of a chart's time is spent outside Python, in a renderer that takes as long
to start as ten charts; what was drawn of late is kept.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from html import escape
from threading import Thread

import orjson
import vl_convert

from serving.charts.panels import Described, layer, mark
from serving.charts.theme import CONFIG, FONT
from serving.charts.widths import FAMILY, register

MOST_KEPT = 256
# The picture has one name, its alternative; its parts have none, though the renderer
# gives them roles that ask for one.
_ROLE = re.compile(r' (?:role="graphics-\w+"|aria-roledescription="[^"]*")')
_MEASURED, _SHOWN = (f'font-family="{escape(font)}"' for font in (FAMILY, FONT))
# Words on paper: it lies below them, where the renderer would draw it above.
_ON_PAPER = re.compile(r"<text (?=[^>]*stroke-width=)")
_DEFINED = re.compile(r'\bid="([^"]+)"')


@dataclass(frozen=True)
class Chart:
    """A picture, and the same in words.

    It is meant to stand in a page itself: its text can be selected and searched,
    and it holds neither style nor script, so that the strictest policy lets it pass.

    Attributes:
        svg: One ``svg`` element without a prologue, named by the alternative. Its
            identifiers are its own, so that several can share a page.
        alternative: A sentence with the figures that the picture shows.
    """

    svg: str
    alternative: str


def drawn(picture: Described, alternative: str) -> Chart:
    """A chart as every page, report and notebook shows it.

    Args:
        picture: Its panels.
        alternative: The same in words.
    """
    described = orjson.dumps(picture | {"config": CONFIG}, option=orjson.OPT_SORT_KEYS)
    svg = _rendered(described)
    return Chart(_named(svg, alternative), alternative)


@lru_cache(MOST_KEPT)
def _rendered(description: bytes) -> str:
    # Without it words take a font of the machine, which is better than no picture.
    with suppress(OSError):
        register()
    svg = _ROLE.sub("", vl_convert.vegalite_to_svg(description.decode()))
    svg = _ON_PAPER.sub('<text paint-order="stroke" ', svg.replace(_MEASURED, _SHOWN))
    return _with_own_identifiers(svg, sha256(description).hexdigest()[:12])


def _with_own_identifiers(svg: str, prefix: str) -> str:
    """The renderer counts identifiers through its whole life; these are the chart's."""
    found = dict.fromkeys(_DEFINED.findall(svg))
    for number, identifier in enumerate(found):
        own = f"c{prefix}-{number}"
        svg = svg.replace(f'id="{identifier}"', f'id="{own}"')
        svg = svg.replace(f"url(#{identifier})", f"url(#{own})")
    return svg


def _named(svg: str, alternative: str) -> str:
    name = escape(alternative)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)


@cache
def warm_up() -> None:
    """Begin to load what draws, once, so that the first reader need not wait for it."""
    Thread(target=_draw_nothing, name="charts").start()


def _draw_nothing() -> None:
    drawn(layer([], mark("point")), "")
