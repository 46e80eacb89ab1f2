"""How a reader looks at a page: language, unit of amounts, and links that keep both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, get_args
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request
from starlette.convertors import StringConvertor, register_url_convertor

from features.catalogue import Language
from features.wording import rule_words
from serving.access.callers import Caller
from serving.access.routes import Permission, may
from serving.access.who import ROLES, Role, Who
from serving.workbench import numbers
from serving.workbench.numbers import AmountUnit
from serving.workbench.words import text

LANGUAGES: tuple[Language, ...] = get_args(Language)
UNITS: tuple[AmountUnit, ...] = get_args(AmountUnit)
DEFAULT_UNIT: AmountUnit = "wan"


class _LanguageConvertor(StringConvertor):
    regex = "|".join(LANGUAGES)


# Paths of pages begin with "/{language:language}", and no other path does.
register_url_convertor("language", _LanguageConvertor())


@dataclass(frozen=True)
class View:
    """What a page needs to know of its reader.

    Attributes:
        language: Language of the page.
        unit: Unit in which amounts are shown.
        path: Path of the page as an address has it, the language left out.
        query: Parameters of the page, the unit left out.
        who: Who reads it; None where nobody has to be known.
        form_token: What forms of this reader's session carry; empty where none do.
    """

    language: Language
    unit: AmountUnit
    path: str
    query: tuple[tuple[str, str], ...] = ()
    who: Who | None = None
    form_token: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether the reader has a permission."""
        return self.who is not None and may(self.who, permission)

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue, its places filled in."""
        return text(self.language, key).format(**values)

    def rule(self, code: str) -> str:
        """What a rule of reading says of no value in particular."""
        return rule_words(code)[self.language]

    def either(self, facts: Mapping[str, Any], name: str) -> Any:
        """What an answer says under ``name``, or under ``name_zh`` in Chinese."""
        localised = facts.get(f"{name}_zh") if self.language == "zh" else None
        return facts.get(name) if localised is None else localised

    @property
    def beginning(self) -> str:
        """Path of the page on which the reader begins."""
        return beginning(self.who)

    @property
    def roles(self) -> frozenset[Role]:
        """What the reader may do."""
        return self.who.roles if self.who else frozenset()

    def role_words(self) -> str:
        """The same in words."""
        return ", ".join(
            self.text(f"common.role_{role}") for role in ROLES if role in self.roles
        )

    def amount(self, yuan: float | None) -> str:
        """An amount in the reader's unit."""
        return numbers.amount(yuan, self.unit)

    def typed(self, yuan: float | None) -> str:
        """An amount in the reader's unit as a field of a form holds it."""
        return numbers.typed(yuan, self.unit)

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share as a percentage."""
        return numbers.share(value, digits)

    def count(self, value: float | None) -> str:
        """A number of things."""
        return numbers.count(value)

    def day(self, value: date | str | None) -> str:
        """A day."""
        return numbers.day(value, self.language)

    def time(self, value: datetime | str) -> str:
        """A time by the clock of Beijing."""
        return numbers.time(value, self.language)

    def link(self, path: str, **query: object) -> str:
        """A link to a page, in this language and unit; empty parameters fall away."""
        stated = [(k, str(v)) for k, v in query.items() if v not in (None, "")]
        return self._address(path, stated)

    def here(self, **changes: object) -> str:
        """A link to this page with some parameters changed; None drops one."""
        kept = [(k, v) for k, v in self.query if k not in changes]
        stated = [(k, str(v)) for k, v in changes.items() if v not in (None, "")]
        return self._address(self.path, [*kept, *stated])

    def in_language(self, language: Language) -> str:
        """This page in a language."""
        return replace(self, language=language).here()

    def in_unit(self, unit: AmountUnit) -> str:
        """This page with amounts in a unit."""
        return replace(self, unit=unit).here()

    def _address(self, path: str, query: list[tuple[str, str]]) -> str:
        unit = [] if self.unit == DEFAULT_UNIT else [("unit", self.unit)]
        stated = urlencode([*query, *unit])
        return f"/{self.language}{path}" + (f"?{stated}" if stated else "")


# Where somebody begins, by the first permission that they have.
_BEGINNINGS: tuple[tuple[Permission, str], ...] = (
    ("read", "/valuations"),
    ("models", "/models"),
    ("administer", "/access"),
)


def beginning(who: Who | None) -> str:
    """Path of the page on which somebody begins."""
    paths = (path for needed, path in _BEGINNINGS if who and may(who, needed))
    return next(paths, "/valuations")


def first_language(request: Request) -> Language:
    """The language that a reader's browser asks for first."""
    wanted = request.headers.get("accept-language", "").lower()
    return "en" if "en" in wanted.partition("zh")[0] else "zh"


async def _view(
    request: Request,
    language: Language,
    unit: Annotated[AmountUnit, Query()] = DEFAULT_UNIT,
) -> View:
    query = [(k, v) for k, v in request.query_params.multi_items() if k != "unit"]
    # As an address again: what a path names may hold anything.
    path = quote(request.url.path).removeprefix(f"/{language}")
    return View(language, unit, path, tuple(query), *reader_of(request))


def reader_of(request: Request) -> tuple[Who | None, str]:
    """Who reads a page, and what the forms of their session carry."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return (None, "") if caller is None else (caller.who, caller.form_token or "")


ViewDep = Annotated[View, Depends(_view)]
