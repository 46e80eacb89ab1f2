"""What the engine of paths reads of a valuation."""

import numpy as np
import pyarrow.compute as pc

from models.pricing.fen import to_yuan
from models.pricing.paths.engine import Labels, PathFacts
from models.pricing.valuation import Valuation
from models.recovery.distribution import quantile

UNKNOWN = "unknown"


def facts_of(valuation: Valuation) -> PathFacts:
    """The claims of a valuation as the engine of paths sees them."""
    points, mean = valuation.forecast.points, valuation.forecast.mean_rate
    expected = np.where(mean > 0, mean, 1.0)
    assumptions = valuation.assumptions
    return PathFacts(
        claim_yuan=to_yuan(valuation.claim_fen),
        gross_yuan=to_yuan(valuation.cash_flow.gross_fen),
        value_yuan=to_yuan(valuation.present_value_fen),
        low_rate=quantile(points, 0.10) / expected,
        high_rate=quantile(points, 0.90) / expected,
        segments=valuation.forecast.segments,
        stages=_stages(valuation),
        fee_rate=valuation.proceedings.agency_rate + assumptions.servicing_fee_rate,
        yearly_rate=assumptions.target_return_rate,
    )


def _stages(valuation: Valuation) -> Labels:
    stages = pc.fill_null(valuation.package.claims["legal_stage"], UNKNOWN)
    labels: Labels = stages.to_numpy(zero_copy_only=False).astype(np.str_)
    return labels
