"""The page of routes and answers, made from the schema that the service publishes.

python docs/make_api.py > docs/api.md
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

from serving.access.routes import rule_of
from serving.app import create_app
from serving.settings import Settings

Schema = Mapping[str, Any]
HEAD = """# The service over HTTP

Made by `python docs/make_api.py > docs/api.md` from the OpenAPI schema, which the
service gives under `/openapi.json` and `python -m serving openapi` prints; a test fails
when the two differ. The page `/docs` shows the same for trying out, from files of this
installation.

- **JSON is strict, files are forgiving.** A JSON request with one wrong value is
  refused as a whole, with a pointer to every fault; of a file the wrong rows are left
  out and reported, and the rest is valued.
- **Records or columns.** Each table of a request is a list of objects, or an object
  with a list for each field: `{"claim_id": ["1", "2"], "principal": [8000000, 42000]}`.
  Both are checked in the same words and give the same figures; columns are less than
  half as long and read several times as fast. In columns a pointer names the field
  before the row: `/claims/principal/1`.
- **Amounts** are yuan, exact to the fen: the package is the sum of its claims.
  **Rates** are shares of the claim.
- **Every request shows an [API key](access.md#api-keys)**, `Authorization: Bearer
  rcp_…`, but those that take none: 401 without one, 403 where its roles may not do it.
- **A valuation is kept**: `Location` names it, and asking for it again gives the same
  bytes. `python -m serving replay ID` computes it anew and compares them.
- **A refusal** is `application/problem+json` (RFC 9457), see
  [ProblemOut](#problemout), with one entry per fault. NaN, Infinity, repeated keys and
  unknown fields are refused, parameters of the address and parts of a form that the
  route has not, or that stand twice, as well.
- **HEAD** is answered wherever GET is, with the same status and headers.
- **A client may be generated** from the schema, which is OpenAPI 3.1. For
  openapi-python-client set `literal_enums: true`: of words that are read in several
  spellings it makes the same name otherwise.
"""
ELSEWHERE = {
    "PackageIn": "data-dictionary.md",
    "ClaimIn": "data-dictionary.md",
    "CollateralIn": "data-dictionary.md",
    "GuaranteeIn": "data-dictionary.md",
    "ClaimColumns": "data-dictionary.md",
    "CollateralColumns": "data-dictionary.md",
    "GuaranteeColumns": "data-dictionary.md",
    "Assumptions": "configuration.md",
}
REFUSALS = ("ProblemOut", "HTTPValidationError")
FIRST_REFUSAL = 400
_REFERENCE = re.compile(r"#/components/schemas/(\w+)")


def markdown() -> str:
    """The whole page."""
    schema = create_app(Settings()).openapi()
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    objects = schema["components"]["schemas"]
    return "\n".join(
        [
            HEAD,
            "## Routes\n",
            *(_route(name, operation) for name, operation in operations),
            "## Bodies and answers\n",
            *(_object(n, objects[n]) for n in _reached(operations, objects)),
        ]
    )


def _route(name: str, operation: Schema) -> str:
    responses = operation["responses"]
    held = {s: _held(r) for s, r in responses.items()}
    refused = [s for s in held if not held[s] and int(s) >= FIRST_REFUSAL]
    given = [f"{s} {held[s]}".strip() for s in held if s not in refused]
    body = _held(operation.get("requestBody", {}))
    lines = [
        f"### {name}\n",
        f"**{operation['summary']}** {operation['description']}\n",
        *(f"- {_parameter(p)}" for p in operation.get("parameters", ())),
        *([f"- body {body}"] if body else []),
        f"- takes {_permission(operation)}",
        f"- answers {', '.join(given)}",
        *([f"- refuses with {', '.join(sorted(refused))}"] if refused else []),
    ]
    return "\n".join(lines) + "\n"


def _permission(operation: Schema) -> str:
    rule = rule_of()[operation["operationId"]]
    named = f"[`{rule.permission}`](roles.md#what-a-role-may-do)"
    return "no key" if rule.is_open else named


def _held(content: Schema) -> str:
    """Link to the object in a body; nothing for a refusal or a workbook."""
    found = _REFERENCE.search(str(content))
    return _link(found[1]) if found and found[1] not in REFUSALS else ""


def _parameter(parameter: Schema) -> str:
    default = parameter["schema"].get("default")
    text = f"`{parameter['name']}` {_type(parameter['schema'])}"
    text += f", {default} by default" if default is not None else ""
    return text + (
        f": {parameter['description']}" if "description" in parameter else ""
    )


def _reached(roots: object, objects: Schema) -> Iterator[str]:
    """Names of the objects of the roots, each before those within it."""
    waiting = _REFERENCE.findall(str(roots))
    seen = {"HTTPValidationError", *ELSEWHERE}
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            waiting = _REFERENCE.findall(str(objects[name])) + waiting
            yield name


def _object(name: str, schema: Schema) -> str:
    fields = (f"- {_field(n, field)}" for n, field in schema["properties"].items())
    description = f"{schema['description']}\n" if "description" in schema else ""
    return "\n".join([f"### {name}\n", description, *fields, ""])


def _field(name: str, field: Schema) -> str:
    meaning = f": {field['description']}" if "description" in field else ""
    return f"`{name}` {_type(field)}{meaning}"


def _type(schema: Schema) -> str:
    """A type in words: ``number or null``, ``list of ClaimOut``, the words allowed."""
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format", schema.get("type", "any")))


def _link(name: str) -> str:
    return f"[{name}]({ELSEWHERE.get(name, '#' + name.lower())})"


@click.command()
def main() -> None:
    """Print the page."""
    click.echo(markdown(), nl=False)


if __name__ == "__main__":
    main()
