"""The JSON request as a schema, made from the catalogue of fields.

Values are checked by ``features.tape.read_records``, in the same words as those of a
file; this schema tells machines and people what that accepts.
"""

from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from features import catalogue
from models.pricing.assumptions import Assumptions

_CONFIG = ConfigDict(extra="forbid", strict=True)
_KINDS: dict[str, Any] = {
    "id": str,
    "text": str,
    "category": str,
    "money": float,
    "number": float,
    "integer": int,
    "boolean": bool,
    "date": Annotated[date, Field(strict=False)],
}
_MODEL_NAMES = {
    "package": "PackageIn",
    "claims": "ClaimIn",
    "collateral": "CollateralIn",
    "guarantees": "GuaranteeIn",
}
_COLUMN_NAMES = {
    "claims": "ClaimColumns",
    "collateral": "CollateralColumns",
    "guarantees": "GuaranteeColumns",
}
_IN_COLUMNS = (
    "an object with a list for each field, all of one length, null where a row says "
    "nothing."
)


@cache
def table_model(table: str) -> type[BaseModel]:
    """The model of one row of a table, a field for each field of the catalogue."""
    fields: dict[str, Any] = {
        name: _row_field(field, required=field.required and not field.per_claim)
        for name, field in catalogue.sent_fields(table).items()
    }
    return create_model(_MODEL_NAMES[table], __config__=_CONFIG, **fields)


def _row_field(field: catalogue.Field, *, required: bool) -> tuple[Any, Any]:
    kind, facts = _column(field, required=required)
    return kind, Field(... if required else None, **facts)


@cache
def columns_model(table: str) -> type[BaseModel]:
    """The model of a table in columns: a list for each field, all of one length."""
    fields: dict[str, Any] = {
        name: _list_field(field, required=field.required and not field.per_claim)
        for name, field in catalogue.sent_fields(table).items()
    }
    return create_model(_COLUMN_NAMES[table], __config__=_CONFIG, **fields)


def _list_field(field: catalogue.Field, *, required: bool) -> tuple[Any, Any]:
    kind, facts = _column(field, required=required)
    of_cells: Any = Annotated[kind, Field(**_bounds(field))]
    told = {name: facts[name] for name in ("title", "description")}
    # A column that is sent is a list, whatever its cells are.
    cells = Field(**told) if required else Field(default_factory=list, **told)
    return _list_of(of_cells), cells


def _column(field: catalogue.Field, *, required: bool) -> tuple[Any, dict[str, Any]]:
    kind = _KINDS[field.kind]
    if field.kind == "category" and not field.open:
        kind = Literal[tuple(_words(field))]
    return kind if required else kind | None, _facts(field)


def _words(field: catalogue.Field) -> list[str]:
    """Every way to write a value of a category."""
    return list(
        dict.fromkeys(
            [
                *field.values,
                *(s for synonyms in field.values.values() for s in synonyms),
            ]
        )
    )


def _bounds(field: catalogue.Field) -> dict[str, Any]:
    lower = "gt" if field.positive else "ge"
    bounds = {lower: 0 if field.positive else field.minimum, "le": field.maximum}
    return {k: v for k, v in bounds.items() if v is not None}


def _facts(field: catalogue.Field) -> dict[str, Any]:
    unit = "yuan" if field.kind == "money" else field.unit
    extra = {"title_zh": field.zh, "description_zh": field.meaning_zh, "unit": unit}
    return {
        "title": field.title("en"),
        "description": f"{field.en}. {field.meaning_zh or field.zh}",
        "json_schema_extra": {k: v for k, v in extra.items() if v},
        **_bounds(field),
    }


@cache
def request_model() -> type[BaseModel]:
    """The model of a whole request."""
    package: Any = table_model("package")
    fields: dict[str, Any] = {
        "package": _optional(
            package, "Fields of the package; the cut-off date above all."
        ),
        "claims": (
            Annotated[_rows_of("claims"), Field(min_length=1)]
            | columns_model("claims"),
            Field(description=f"One object per claim, or {_IN_COLUMNS}"),
        ),
        "collateral": _optional(
            _rows_of("collateral") | columns_model("collateral"),
            f"One object per claim and item of collateral, or {_IN_COLUMNS}",
        ),
        "guarantees": _optional(
            _rows_of("guarantees") | columns_model("guarantees"),
            f"One object per claim and guarantor, or {_IN_COLUMNS}",
        ),
        "assumptions": _optional(
            Assumptions, "What the price rests on; defaults where absent."
        ),
    }
    config = ConfigDict(**_CONFIG, json_schema_extra={"examples": [EXAMPLE]})
    return create_model("ValuationRequest", __config__=config, **fields)


def _rows_of(table: str) -> Any:
    return _list_of(table_model(table))


def _list_of(row: Any) -> Any:
    return list[row]


def _optional(kind: Any, description: str) -> tuple[Any, Any]:
    return kind | None, Field(None, description=description)


EXAMPLE: dict[str, Any] = {
    "package": {"package_id": "2025-SX-01", "cutoff_date": "2025-06-30"},
    "claims": [
        {
            "claim_id": "0001",
            "product": "working_capital",
            "legal_type": "small",
            "industry": "C",
            "province": "zhejiang",
            "principal": 8000000.0,
            "interest": 950000.0,
            "days_past_due": 540,
            "five_class": "loss",
            "security_type": "mortgaged",
            "legal_stage": "judgment",
        },
        {
            "claim_id": "0002",
            "product": "credit_card",
            "legal_type": "person",
            "principal": 42000.0,
            "interest": 9100.0,
            "days_past_due": 730,
            "security_type": "unsecured",
        },
    ],
    "collateral": [
        {
            "claim_id": "0001",
            "collateral_id": "M-17",
            "collateral_type": "factory",
            "appraised_value": 11000000.0,
            "appraisal_date": "2024-11-15",
        }
    ],
    "assumptions": {"target_return_rate": 0.15},
}
