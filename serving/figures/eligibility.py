"""What an answer says of claims that nobody may buy, and of the bid without them."""

from datetime import date

from features.package import Package
from models.pricing.bid import maximum_bid_fen
from models.pricing.mandate.judgement import barred_claims
from models.pricing.valuation import Valuation
from serving.figures.package import Figures, yuan


def rules_date(package: Package) -> date:
    """Day whose rules are applied: the bid date, or the cut-off date without one."""
    listed = package.header.get("bid_date")
    return listed if isinstance(listed, date) else package.cutoff_date


def eligibility_of_package(valuation: Valuation) -> Figures:
    """Barred claims, what they are worth, and the bid for the others.

    Args:
        valuation: The priced package, barred claims included.
    """
    package = valuation.package
    barred = barred_claims(package, rules_date(package))
    value = valuation.present_value_fen
    rest = maximum_bid_fen(int(value[~barred].sum()), valuation.terms)
    return {
        "rules_on": rules_date(package).isoformat(),
        "barred_claims": int(barred.sum()),
        "barred_claim_yuan": yuan(valuation.claim_fen[barred].sum()),
        "barred_present_value_yuan": yuan(value[barred].sum()),
        "maximum_bid_without_yuan": yuan(rest),
    }
