"""What an answer says of a review."""

from typing import Any

from serving.figures.package import yuan
from serving.reviews.standing import Standing, effect_fen
from serving.storage.tables import ReviewEvent

Figures = dict[str, Any]


def review_figures(standing: Standing) -> Figures:
    """The state of a review, its steps, and figures with overrides beside the model's.

    Args:
        standing: The review.
    """
    row = standing.row
    return {
        "valuation_id": row.id,
        "simulated_model": row.simulated,
        "status": standing.status,
        "figures": {
            "model_present_value_yuan": yuan(row.present_value_fen),
            "present_value_yuan": yuan(standing.present_value_fen),
            "difference_yuan": yuan(standing.override_effect_fen),
            "model_maximum_bid_yuan": yuan(row.maximum_bid_fen),
            "maximum_bid_yuan": yuan(standing.maximum_bid_fen),
        },
        "overrides": [_override(event) for event in standing.overrides.values()],
        "events": [_event(event) for event in standing.events],
    }


def _event(event: ReviewEvent) -> Figures:
    stated, model = event.present_value_fen, event.model_present_value_fen
    return {
        "number": event.number,
        "at": event.at.isoformat(timespec="milliseconds"),
        "kind": event.kind,
        "person": event.person,
        "person_id": event.person_id,
        "reason": event.reason,
        "claim_id": event.claim_id,
        "model_present_value_yuan": None if model is None else yuan(model),
        "present_value_yuan": None if stated is None else yuan(stated),
    }


def _override(event: ReviewEvent) -> Figures:
    return _event(event) | {
        "claim_yuan": yuan(event.claim_fen or 0),
        "difference_yuan": yuan(effect_fen(event)),
    }
