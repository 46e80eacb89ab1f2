"""Templates as answers: text is escaped, and browsers refuse whatever is not ours."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from serving.workbench.view import DEFAULT_UNIT, LANGUAGES, UNITS, View

# Nothing runs, is styled or is fetched but from this service; pages need no more.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {"Content-Security-Policy": POLICY}
STATIC = "/static"


def page(
    view: View, template: str, status_code: int = 200, **facts: object
) -> HTMLResponse:
    """A page.

    Args:
        view: How its reader looks at it.
        template: Name of a file of ``templates``.
        status_code: HTTP status of the answer.
        facts: What the template names.
    """
    content = _environment().get_template(template).render(view=view, **facts)
    return HTMLResponse(content, status_code, _HEADERS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("serving.workbench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        languages=LANGUAGES,
        units=UNITS,
        default_unit=DEFAULT_UNIT,
        static=STATIC,
        edition=_edition(),
    )
    return environment


@cache
def _edition() -> str:
    """Changes with the page's own files, so that browsers may keep them for long."""
    folder = files("serving.workbench").joinpath("static")
    contents = sorted(file.read_bytes() for file in folder.iterdir())
    return sha256(b"".join(contents)).hexdigest()[:12]
