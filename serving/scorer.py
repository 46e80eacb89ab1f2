"""The one path from a submission to its answer, whichever door it came through."""

from collections.abc import Callable
from typing import Any, Literal

from features.columns import Tabled
from features.errors import ClaimsError, Finding
from features.steps import watched_by
from models.pricing.assumptions import Assumptions
from models.pricing.valuation import Valuation, expect, value_expected
from serving.cautions.valuation import cautions
from serving.champion import ServedModel
from serving.document import Document
from serving.figures.claims import claim_figures
from serving.figures.eligibility import eligibility_of_package
from serving.figures.explanation import explained
from serving.figures.liquidation import (
    AssumedLiquidation,
    liquidation_of_claims,
    liquidation_of_package,
)
from serving.figures.package import package_figures
from serving.figures.stress import standard_stress
from serving.observing.spans import span
from serving.submission import Submission

# All non-performing loans of Chinese banks are about 3.4e12 yuan; whole fen of an
# int64 hold 9e16.
LARGEST_PACKAGE_YUAN = 1e13
# Most claims times simulations: 100,000 claims at twice the default of 10,000.
LARGEST_EFFORT = 2 * 10**9

# What happens to a submission in turn; those who wait are told.
Stage = Literal["reading", "forecast", "simulation", "explanation", "recording"]
Report = Callable[[Stage], None]


def nobody(_: Stage) -> None:
    """Tell nobody."""


def score(
    submission: Submission,
    assumptions: Assumptions,
    served: ServedModel,
    report: Report = nobody,
) -> Document:
    """The answer to a submission: the same input gives the same bytes.

    Args:
        submission: What was handed in.
        assumptions: What the price rests on.
        served: The model.
        report: Told of each stage as it begins.

    Raises:
        ClaimsError: The claims add up to more than any package can, or there are too
            many of them for the number of simulations.
    """
    check_size(submission.package)
    check_effort(len(submission.package), assumptions.simulations)
    report("forecast")
    with span("forecast"), watched_by(span):
        expected = expect(served.model, submission.package, assumptions)
    report("simulation")
    with span("pricing"):
        valuation = value_expected(served.model, expected, assumptions)
    report("explanation")
    with span("explanation"):
        return document_of(submission, valuation, served)


def check_size(package: Tabled) -> None:
    """Refuse claims that add up to more than any package can.

    Raises:
        ClaimsError: They do.
    """
    total = float(package.tables.claim_yuan.sum())
    if total > LARGEST_PACKAGE_YUAN:
        finding = Finding(
            "package_too_large",
            f"the claims add up to {total:.3g} yuan, more than any package; check "
            "their unit",
            f"债权合计{total:.3g}元，超过任何资产包的规模；请检查金额单位",
            value=f"{total:.3g}",
        )
        raise ClaimsError(finding.reason, [finding])


def check_effort(claims: int, simulations: int) -> None:
    """Refuse more scenarios than the service has time for.

    Raises:
        ClaimsError: They are too many for the number of claims.
    """
    if claims * simulations <= LARGEST_EFFORT:
        return
    most = LARGEST_EFFORT // claims
    finding = Finding(
        "too_many_simulations",
        f"{simulations} simulations of {claims} claims would hold the service for "
        f"minutes; lower simulations to {most} or split the package",
        f"{claims}笔债权模拟{simulations}次将长时间占用服务；"
        f"请将模拟次数降至{most}次或拆分资产包",
        table="assumptions",
        field="simulations",
        value=str(simulations),
    )
    raise ClaimsError(finding.reason, [finding])


def document_of(
    submission: Submission, valuation: Valuation, served: ServedModel
) -> Document:
    """The answer that says what a valuation found.

    Args:
        submission: What was handed in.
        valuation: The priced package.
        served: The model.
    """
    notes = submission.notes
    reasons = explained(valuation, served.model)
    assumed = AssumedLiquidation.of(valuation)
    claims = zip(
        claim_figures(valuation, served.model, notes),
        reasons.claims,
        liquidation_of_claims(assumed),
        strict=True,
    )
    return {
        "model": model_figures(served),
        "assumptions": valuation.assumptions.model_dump(mode="json"),
        "package": package_figures(valuation, notes)
        | reasons.package
        | {"liquidation": liquidation_of_package(assumed)}
        | {"stress": standard_stress(valuation)}
        | {"eligibility": eligibility_of_package(valuation)},
        "claims": [
            claim | reason | {"liquidation": liquidated}
            for claim, reason, liquidated in claims
        ],
        "filename": notes["filename"],
        "encoding": notes["encoding"],
        "rejected_rows": notes["rejected_rows"],
        "unmapped_columns": notes["unmapped_columns"],
        "columns": notes["columns"],
        "warnings": [
            *cautions(served.model.record, valuation, notes),
            *notes["warnings"],
        ],
        "revaluation": None,
    }


def model_figures(served: ServedModel) -> dict[str, Any]:
    """What an answer says of the model."""
    record = served.model.record
    return {
        "name": served.name,
        "version": served.version,
        "sha256": served.model.sha256,
        "source": record.source,
        "simulated": record.simulated,
        "observed_until": record.observed_until.isoformat(),
    }
