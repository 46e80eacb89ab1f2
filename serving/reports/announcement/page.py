"""A paper as one page of HTML that fetches nothing and runs nothing."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

import jinja2
from markupsafe import Markup

from serving.reports.paper import Paper


def html_page(paper: Paper) -> str:
    """The page; words of strangers are text, whatever they hold.

    Args:
        paper: What it says; pictures are left out.
    """
    return _template().render(paper=paper.plain(), style=_own(_style()))


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("serving.reports", "announcement")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page.html")


@cache
def _style() -> str:
    return files("serving.reports.announcement").joinpath("page.css").read_text("utf-8")


def _own(style: str) -> Markup:
    return Markup(style)  # noqa: S704 - a file of this package  # nosec B704


_HASH = b64encode(sha256(_style().encode()).digest()).decode()
# The browser refuses all but the page's own style, told by its hash.
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"
