"""Papers as PDF, set by typst: the same paper at the same time makes the same bytes."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from types import MappingProxyType
from typing import Any

import orjson
import typst

from features.catalogue import Language
from features.errors import FontMissingError
from serving.reports.paper import Paper

# Fonts that hold Chinese, the first that is installed sets the paper.
CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("PingFang SC", "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei"),
)
# Long words, and numbers of contracts, may break lest they leave their column.
_UNBROKEN = re.compile(r"[!-~]{25,}|(?<![,.\w])(?=\w*\d)[\w-]{13,}", re.ASCII)
_LETTERS, _BREAK = 12, "\u200b"
_REGIONS: Mapping[Language, str] = MappingProxyType({"zh": "cn", "en": "gb"})


@cache
def system_fonts() -> typst.Fonts:
    """The fonts of this machine, looked for once."""
    return typst.Fonts(include_embedded_fonts=False)


def chinese_font(fonts: typst.Fonts) -> str:
    """The font that sets every paper: whatever its language, names may be Chinese.

    Raises:
        FontMissingError: None that holds Chinese is installed.
    """
    known = set(fonts.families())
    found = next((name for name in CHINESE_FONTS if name in known), None)
    if found is None:
        raise FontMissingError(
            "no font with Chinese characters is installed, so that no paper can be "
            "set; install Noto Sans CJK (Debian: apt-get install fonts-noto-cjk) and "
            "start again 未安装中文字体，无法排版；请安装 Noto Sans CJK 后重启"
        )
    return found


def typeset(paper: Paper, time: datetime, fonts: typst.Fonts | None = None) -> bytes:
    """A paper as PDF.

    Args:
        paper: What it says.
        time: When that was so, which the file names as the time of its making.
        fonts: Those that may be used; the machine's when absent.

    Raises:
        FontMissingError: None of them holds Chinese.
    """
    available = fonts or system_fonts()
    font = chinese_font(available)
    told = {
        **_breakable(paper.plain()),
        "font": font,
        "region": _REGIONS[paper.language],
    }
    with as_file(files("serving.reports").joinpath("paper.typ")) as template:
        compiler = typst.Compiler(
            template,
            root=template.parent,
            font_paths=available,
            sys_inputs={"paper": orjson.dumps(told).decode()},
        )
        seconds = time.replace(microsecond=0)
        pdf = compiler.compile(format="pdf", timestamp=seconds)
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single PDF")
    return pdf


def _breakable(told: Any) -> Any:
    """The same with places to break within long words; pictures are left alone."""
    if isinstance(told, dict):
        return {k: v if k == "svg" else _breakable(v) for k, v in told.items()}
    if isinstance(told, list | tuple):
        return [_breakable(part) for part in told]
    if isinstance(told, str):
        return _UNBROKEN.sub(lambda found: _broken(found[0]), told)
    return told


def _broken(word: str) -> str:
    starts = range(0, len(word), _LETTERS)
    return _BREAK.join(word[start : start + _LETTERS] for start in starts)
