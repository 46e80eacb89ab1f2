"""What a reader supposes to turn out otherwise, as a question about scenarios."""

from collections.abc import Mapping
from typing import Any

from models.pricing.stress.purchase import HURDLES, HurdleName
from serving.analyses.scenarios import ScenariosRequest
from serving.workbench.package.typed import Typed

SUPPOSED = "supposed"
# Fields of the form by levers; all are typed in per cent, months apart.
LEVERS: Mapping[str, str] = {
    "recovery_factor": "recovery",
    "collateral_price_factor": "collateral",
    "duration_factor": "duration",
    "delay_months": "delay",
    "cost_factor": "cost",
    "return_change_rate": "return_change",
    "factor_level": "quantile",
}
_FIELDS: Mapping[str, str] = {**LEVERS, "price_yuan": "price"}
LOSS: HurdleName = HURDLES[-1]


def what_if_request(typed: Typed) -> ScenariosRequest:
    """The question of a form: the package as expected, and as supposed if it is.

    Raises:
        AssumptionError: A field cannot be used; the findings say which.
    """
    levers = _levers(typed)
    own = {"name": SUPPOSED, "levers": levers}
    stated = {
        "price_yuan": typed.yuan("price"),
        "hurdle": typed.word("hurdle") or LOSS,
        "own_scenarios": [own] if levers else [],
        "scenarios": ["base", *([SUPPOSED] if levers else [])],
        "tornado": False,
    }
    return ScenariosRequest.of({k: v for k, v in stated.items() if v is not None}, "")


def form_field(field: str) -> str:
    """The field of the form by that of the question."""
    name = field.rpartition("/")[2]
    return _FIELDS.get(name, name)


def _levers(typed: Typed) -> Mapping[str, Any]:
    stated = {
        lever: typed.number(name) if lever == "delay_months" else typed.rate(name)
        for lever, name in LEVERS.items()
    }
    return {lever: value for lever, value in stated.items() if value is not None}
