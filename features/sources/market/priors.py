"""The declared priors of the simulated market: the shape of ``market.toml``.

Every prior says in that file why it has its value. Shape and file are checked against
each other, so that neither a key without a meaning nor a meaning without a key stays.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict

from features.package import Floats, Ints

PackageKind = Literal["corporate", "mortgage", "personal"]
KINDS: tuple[PackageKind, ...] = get_args(PackageKind)


class Prior(BaseModel):
    """A table of the file: nothing unknown in it, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PackagePrior(Prior):
    """How sellers cut packages."""

    claims_per_package: float
    turns: tuple[PackageKind, ...]
    size_shape: float
    mix_spread: float
    same_obligor_share: float
    same_group_share: float


class SegmentPrior(Prior):
    """How claims of a segment look, how their debtors behave and what they cost."""

    kind: PackageKind
    share: float
    claim_median_yuan: float
    claim_sigma: float
    days_past_due_median: float
    days_past_due_sigma: float
    interest_rate: float
    pay_level: float
    cure_share: float
    cure_pays: float
    settle_share: float
    settle_level: float
    instalment_months: int
    engage_months: float
    shock_sd: float
    agency_rate: float
    sues_above_yuan: float
    contact_level: float
    products: Mapping[str, float]
    stages: Mapping[str, float]


class LoanPrior(Prior):
    """Terms and arrears."""

    tail_deviations: float
    penalty_share: float
    interest_cap_years: float
    advanced_cost_rate: float
    months_before_default: float
    limitation_years: float
    written_off_days: float
    excluded_share: float


class ObligorPrior(Prior):
    """Debtors and their groups."""

    group_weight: float
    willing_with_capable: float
    insolvent_level: float
    balance_log_share: float
    empty_share: float
    frozen_share: float


class SignalPrior(Prior):
    """How strongly what a tape shows betrays means and will."""

    stopped_level: float
    stopped_capacity: float
    insolvent_capacity: float
    stage_follows_age: float
    contact_willingness: float
    contact_arrears: float
    contact_stopped: float
    phone_level: float
    phone_contactable: float
    phone_willingness: float
    dishonest_level: float
    dishonest_enforced: float
    dishonest_capacity: float
    dishonest_willingness: float
    lawsuits_company: float
    lawsuits_person: float
    lawsuits_capacity: float
    leverage_capacity: float
    leverage_noise: float
    ebit_capacity: float
    ebit_noise: float
    balance_capacity: float
    paid_level: float
    paid_willingness: float
    paid_capacity: float
    paid_share: float
    paid_share_capacity: float
    paid_share_noise: float
    paid_times: float
    paid_times_willingness: float
    grade_capacity: float
    grade_noise: float


class EngagementPrior(Prior):
    """What moves a debtor to talk, in logits."""

    willingness: float
    capacity: float
    contactable: float
    days_past_due: float
    claim_size: float
    limitation_expired: float
    terminated: float
    judged: float
    age_over_50: float
    age_under_28: float
    coverage: float
    seller_spread: float
    package_spread: float
    province_price: float
    stopped: float


class PaymentPrior(Prior):
    """What debtors pay once they talk, and what enforcement finds if they do not."""

    capacity_share: float
    coverage_share: float
    capacity_cure: float
    precision: float
    instalment_drop: float
    cure_months: float
    trickle_chance: float
    trickle_share: float
    enforced_level: float
    enforced_capacity: float
    enforced_chance: float
    enforced_chance_capacity: float
    enforced_precision: float
    enforced_months: float


class CollateralPrior(Prior):
    """What stands behind secured claims, and how well the tape knows it."""

    items_mean: float
    shared_share: float
    out_of_province: float
    optimism: float
    stale_rate: float
    noise: float
    stale_noise: float
    appraisal_years: float
    bad_title: float
    second_lien: float
    later_seizure: float
    works_arrears: float
    tax_owed: float
    max_claim_low: float
    max_claim_high: float
    prior_auction: float
    cover: Mapping[str, float]
    cover_sigma: Mapping[str, float]


class AssetPrior(Prior):
    """A kind of collateral."""

    share: float
    discount: float
    yuan_per_sqm: float


class SalePrior(Prior):
    """Judicial auctions: first round, second round, direct sale, assets in kind."""

    noise: float
    court_bias: float
    court_noise: float
    first_start: float
    first_start_spread: float
    second_cut: float
    direct_lift: float
    competition: float
    round_months: float
    pay_out_months: float
    in_kind: float
    in_kind_resale: float
    in_kind_months: float
    late_sale: float
    late_sale_price: float
    late_sale_months: float
    seized_elsewhere: float
    seized_months: float
    bad_title_blocked: float
    sole_home_blocked: float
    sole_home_rent: float
    sole_home_months: float
    occupied_months: float
    lease_let: float
    lease_occupied: float
    bad_title: float
    allocated_land: float
    collective_land: float
    failed_before: float
    asset_shock_sd: float
    province_shock_sd: float
    tiers: Mapping[str, float]


class GuarantorPrior(Prior):
    """A kind of guarantor: share among guarantors and lean towards paying."""

    share: float
    lean: float


class GuaranteePrior(Prior):
    """Who signs, whose signature lapsed, who pays."""

    share_secured: float
    share_unsecured: float
    share_business: float
    extra_mean: float
    circle_share: float
    lapsed_share: float
    pay_level: float
    capacity: float
    with_obligor: float
    share_level: float
    share_readiness: float
    precision: float
    months: float
    types: Mapping[str, GuarantorPrior]


class CourtPrior(Prior):
    """Time from each legal stage to a listing, and what goes wrong on the way."""

    log_sd: float
    procedure_fails: float
    insolvency_cost: float
    give_up_months: float
    months_left: Mapping[str, float]


class CostPrior(Prior):
    """What a work-out costs beside statutory fees and the servicer's share."""

    auction_rate: float
    out_of_pocket_share: float
    out_of_pocket_cap_yuan: float
    enforcement_borne: float


class ClimatePrior(Prior):
    """How vintage factors persist and what segments have in common."""

    persistence: float
    common_weight: float


class IndustryPrior(Prior):
    """A section of the economy: share of debtors and how they fare, in logits."""

    share: float
    lean: float


class ProvincePrior(Prior):
    """Business, court time over the national mean and price level of a province."""

    weight: float
    court: float
    price: float


class SellerPrior(Prior):
    """What a seller brings and how completely."""

    name: str
    type: str
    province: str
    home: float
    care: float
    sells: tuple[PackageKind, ...]


class GapPrior(Prior):
    """What sellers leave out, by table and field."""

    package_spread: float
    neglect: float
    claims: Mapping[str, float]
    collateral: Mapping[str, float]
    guarantees: Mapping[str, float]


class Market(Prior):
    """Everything that is assumed about the market; arrays follow the file's order."""

    packages: PackagePrior
    segments: Mapping[str, SegmentPrior]
    loan: LoanPrior
    obligor: ObligorPrior
    signals: SignalPrior
    engagement: EngagementPrior
    payment: PaymentPrior
    collateral: CollateralPrior
    assets: Mapping[str, AssetPrior]
    sale: SalePrior
    guarantee: GuaranteePrior
    court: CourtPrior
    costs: CostPrior
    climate: ClimatePrior
    industries: Mapping[str, IndustryPrior]
    provinces: Mapping[str, ProvincePrior]
    sellers: tuple[SellerPrior, ...]
    gaps: GapPrior

    def segment_values(self, key: str) -> Floats:
        """One number of every segment, shape (segments,)."""
        return np.array([getattr(s, key) for s in self.segments.values()], dtype=float)

    def segments_of(self, kind: PackageKind) -> Ints:
        """Positions of the segments that go into packages of a kind."""
        kinds = [s.kind for s in self.segments.values()]
        return np.flatnonzero(np.array(kinds) == kind)

    def position(self, segment: str) -> int:
        """Position of a segment.

        Raises:
            ValueError: There is no such segment.
        """
        return list(self.segments).index(segment)


@cache
def declared_market() -> Market:
    """The priors as declared.

    Raises:
        pydantic.ValidationError: ``market.toml`` lacks a key or holds an unknown one.
    """
    text = files("features.sources").joinpath("market.toml").read_text("utf-8")
    return Market.model_validate(tomllib.loads(text))
