"""What every answer is made of; amounts in yuan, rates as shares."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serving.answers.names import name_zh

Yuan = Annotated[float, Field(json_schema_extra={"unit": "yuan"})]
Share = Annotated[float, Field(json_schema_extra={"unit": "share"})]


def _with_chinese_names(schema: dict[str, Any], model: type[Any]) -> None:
    for field, facts in schema.get("properties", {}).items():
        facts["title_zh"] = name_zh(model, field)


class Answer(BaseModel):
    """Base of every part of an answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_with_chinese_names)


class Answered(Answer):
    """Base of the answer to a question about a valuation on record."""

    valuation_id: str = Field(description="The valuation that was asked about.")
    simulated_model: bool = Field(
        description="Whether its model learnt from simulated work-outs."
    )


class ModelOut(Answer):
    """The model behind the figures."""

    name: str
    version: str
    sha256: str = Field(description="Hash of its trees and record.")
    source: str = Field(description="Disposal history that it was trained on.")
    simulated: bool = Field(
        description="Whether that history is simulated: then no figure is a price."
    )
    observed_until: date = Field(description="Last date of that history.")


class Warned(Answer):
    """Something a reader must know."""

    code: str
    reason: str
    reason_zh: str
    table: str | None = None
    row: int | None = None
    field: str | None = None
    column: str | None = None
    value: str | None = None


class AtPrice(Answer):
    """What buying at a price brings."""

    price_yuan: Yuan
    irr_rate: Share | None = Field(description="Effective yearly return, if any.")
    multiple: float = Field(description="Net cash over price and costs of buying.")
    payback_months: int | None


class Fault(Answer):
    """One thing that is wrong with a request."""

    code: str
    detail: str
    detail_zh: str
    pointer: str | None = Field(
        default=None, description="JSON pointer to the value, for a JSON request."
    )
    parameter: str | None = Field(
        default=None, description="Place and name, for one beside the body."
    )
    table: str | None = None
    row: int | None = None
    field: str | None = Field(
        default=None, description="Name of the field, for what comes with a file."
    )
    column: str | None = None
    value: str | None = None


class ProblemOut(Answer):
    """A refusal, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str
    request_id: str | None = Field(
        description="What the log lines of this request are found by."
    )
    error_count: int = Field(description="Faults found; the first 100 are listed.")
    errors: list[Fault]
