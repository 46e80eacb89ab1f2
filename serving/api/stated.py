"""What is stated beside a JSON body: nothing that the route has not, and nothing twice.

A filter or an assumption under a wrong name would otherwise give another answer than
the one that was asked for, and the first of two files none, without a word.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import Request, UploadFile
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, Field
from starlette.datastructures import UploadFile as Part


def _named(part: object) -> object:
    """A part without the name of a file is text to the one who takes forms apart."""
    if not isinstance(part, Part):
        raise ValueError(
            "must be a file with a name, as by -F file=@tape.xlsx "
            "| 必须为带文件名的文件，例如 -F file=@tape.xlsx"
        )
    return part


# Makers of clients know a file by its format and send text where there is none.
SentFile = Annotated[
    UploadFile,
    BeforeValidator(_named),
    Field(json_schema_extra={"format": "binary"}),
]


async def known_parameters(request: Request) -> None:
    """Refuse an address with a parameter that its route has not, or that stands twice.

    Raises:
        RequestValidationError: There is one; each is named.
    """
    if not request.scope["query_string"]:
        return
    names = [name for name, _ in request.query_params.multi_items()]
    known = _parameters(request.scope["route"])
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    _refuse([*_faults("extra_forbidden", "query", unknown), *_twice("query", names)])


async def single_parts(request: Request) -> None:
    """Refuse a form in which a part stands twice.

    Raises:
        RequestValidationError: There is one; each is named.
    """
    form = await request.form()
    _refuse(list(_twice("body", [name for name, _ in form.multi_items()])))


def _parameters(route: APIRoute) -> frozenset[str]:
    """Names that a route reads of its address."""
    fields = get_flat_params(route.dependant)
    return frozenset(
        field.alias
        for field in fields
        if getattr(field.field_info, "in_", None) is ParamTypes.query
    )


def _twice(place: str, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    counts = Counter(names)
    return _faults(
        "stated_twice", place, (n for n, count in counts.items() if count > 1)
    )


def _faults(rule: str, place: str, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    return ({"type": rule, "loc": (place, name), "msg": rule} for name in names)


def _refuse(faults: list[dict[str, Any]]) -> None:
    if faults:
        raise RequestValidationError(faults)
