"""The ways in which the milestones of a plan can turn out, with their chances."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.package import Floats, Ints
from models.pricing.restructuring.terms import Milestone

MET, MISSED, NOT_ASKED = 1, 0, -1
# Eight conditions that are all asked give as many; more are drawn.
MOST_BRANCHES = 256
DRAWS = 1_000
SEED = 20_250_630


@dataclass(frozen=True)
class Branches:
    """Outcomes of the milestones, given that the plan holds until each.

    A re-default ends a branch, and until a milestone all branches are alike; so the
    value of the plan is the mean of the branches' values, exactly.

    Attributes:
        probability: Chance of each branch, shape (branches,); adds up to 1.
        outcomes: MET, MISSED or NOT_ASKED, shape (branches, milestones).
        drawn: Whether they were drawn because there were too many to list.
    """

    probability: Floats
    outcomes: Ints
    drawn: bool


def branches(milestones: Sequence[Milestone]) -> Branches:
    """Every way the milestones can turn out, or draws of them where these are many."""
    names = [m.name for m in milestones]
    listed: list[tuple[tuple[int, ...], float]] = [((), 1.0)]
    for milestone in milestones:
        listed = [b for branch in listed for b in _split(branch, milestone, names)]
        if len(listed) > MOST_BRANCHES:
            return _draw(milestones, names)
    outcomes = np.array([o for o, _ in listed], np.int64)
    shape = (len(listed), len(milestones))
    return Branches(np.array([p for _, p in listed]), outcomes.reshape(shape), False)


def _split(
    branch: tuple[tuple[int, ...], float], milestone: Milestone, names: list[str]
) -> list[tuple[tuple[int, ...], float]]:
    outcomes, probability = branch
    if not _asked(milestone, names, outcomes):
        return [((*outcomes, NOT_ASKED), probability)]
    ways = ((MET, milestone.probability), (MISSED, 1 - milestone.probability))
    return [((*outcomes, way), probability * p) for way, p in ways if p > 0]


def _asked(
    milestone: Milestone, names: list[str], outcomes: Sequence[int] | Ints
) -> bool:
    if milestone.after is None:
        return True
    before = outcomes[names.index(milestone.after.milestone)]
    return bool(before == (MET if milestone.after.met else MISSED))


def _draw(milestones: Sequence[Milestone], names: list[str]) -> Branches:
    chance = np.array([m.probability for m in milestones])
    drawn = np.random.default_rng(SEED).random((DRAWS, len(milestones))) < chance
    outcomes = np.where(drawn, MET, MISSED)
    for number, milestone in enumerate(milestones):
        if milestone.after is not None:
            before = outcomes[:, names.index(milestone.after.milestone)]
            asked = before == (MET if milestone.after.met else MISSED)
            outcomes[~asked, number] = NOT_ASKED
    found, counts = np.unique(outcomes, axis=0, return_counts=True)
    return Branches(counts / DRAWS, found, True)
