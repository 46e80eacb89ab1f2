"""Names of answers: every field and every word in Chinese, and units, in one place."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args, get_origin

from fastapi.testclient import TestClient
from pydantic import BaseModel

import serving.answers
from serving.analyses.catalogue import ANALYSES
from serving.answers.common import Answer
from serving.answers.names import field_names, name_zh, words_zh
from serving.answers.prices import PricedColumns
from serving.sheets.shape import Figure, Shape, shape_of

NOT_IN_A_SHEET = set("[]:*?/\\'")


def answer_models() -> set[type[BaseModel]]:
    """Every model of an answer, and those within it."""
    for module in pkgutil.iter_modules(serving.answers.__path__):
        importlib.import_module(f"serving.answers.{module.name}")
    return models_within([*(a.answer for a in ANALYSES), *heirs(Answer)])


def models_within(models: Iterable[Any]) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    waiting = list(models)
    while waiting:
        kind = waiting.pop()
        waiting += [part for part in get_args(kind) if not isinstance(part, str)]
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.add(kind)
            waiting += [field.annotation for field in kind.model_fields.values()]
    return found


def heirs(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for heir in model.__subclasses__():
        if heir.__module__.startswith("serving.answers"):
            yield heir
            yield from heirs(heir)


def names_used(model: type[BaseModel]) -> Iterator[str]:
    """Under which entry each field of a model finds its Chinese name."""
    for field in model.model_fields:
        owners = [f"{owner.__name__}.{field}" for owner in model.__mro__]
        yield next((name for name in owners if name in field_names()), field)


def test_every_field_of_every_answer_has_a_chinese_name() -> None:
    used = {name for model in answer_models() for name in names_used(model)}

    assert used - set(field_names()) == set(), "add to serving/answers/names.toml"
    assert set(field_names()) - used == set(), "remove from serving/answers/names.toml"


def test_every_word_of_every_answer_has_its_chinese() -> None:
    def vocabularies(kind: Any) -> Iterator[str]:
        if get_origin(kind) is Literal:
            yield from get_args(kind)
        else:
            parts = (p for p in get_args(kind) if not isinstance(p, str))
            yield from (word for part in parts for word in vocabularies(part))

    used = {
        word
        for model in models_within(a.answer for a in ANALYSES)
        for field in model.model_fields.values()
        for word in vocabularies(field.annotation)
    }
    assert used - set(words_zh()) == set(), "add to serving/answers/names.toml"
    assert set(words_zh()) - used == set(), "remove from serving/answers/names.toml"


def test_a_name_of_a_model_differs_from_that_of_the_field() -> None:
    names = field_names()
    repeated = [n for n in names if names[n] == names.get(n.partition(".")[2])]

    assert repeated == []


def test_names_hold_no_unit_and_nothing_that_a_sheet_cannot_bear() -> None:
    for field, zh in field_names().items():
        assert not set(zh) & NOT_IN_A_SHEET, field
        assert "元）" not in zh, field
        assert zh.strip() == zh != "", field


def test_amounts_and_shares_are_told_from_other_numbers() -> None:
    def figures(shape: Shape) -> Iterator[Figure]:
        yield from shape.figures
        for listing in shape.listings:
            yield from figures(listing.shape)

    # In columns a figure is a list, and never comes to a sheet.
    kinds = {
        (name, figure.kind)
        for model in answer_models() - {PricedColumns}
        for figure in figures(shape_of(model))
        for name in figure.path[-1:]
    }
    assert {k for name, k in kinds if name.endswith("_yuan")} == {"yuan", "text"}
    assert {n for n, k in kinds if n.endswith("_yuan") and k == "text"} == {
        "expected_cash_by_quarter_yuan",
        "expected_cash_by_month_yuan",
        "expected_cost_by_month_yuan",
    }
    assert {k for name, k in kinds if name.endswith("_rate")} == {"rate"}
    assert ("enforcement_fee", "yuan") in kinds
    assert ("win_probability", "rate") in kinds
    assert ("multiple", "plain") in kinds
    assert ("claims", "integer") in kinds


def test_the_schema_serves_the_chinese_names_and_units(
    shared_client: TestClient,
) -> None:
    schemas = shared_client.get("/openapi.json").json()["components"]["schemas"]
    served = [
        model
        for model in answer_models()
        if issubclass(model, Answer) and model.__name__ in schemas
    ]

    assert {analysis.answer for analysis in ANALYSES} <= set(served)
    for model in served:
        for field, facts in schemas[model.__name__]["properties"].items():
            assert facts["title_zh"] == name_zh(model, field)
    claim = schemas["ClaimOut"]["properties"]
    assert (claim["claim_yuan"]["unit"], claim["baseline_rate"]["unit"]) == (
        "yuan",
        "share",
    )
