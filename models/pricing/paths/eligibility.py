"""Which paths are open to a claim, by rules that are data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from features.outcomes import Bools
from features.package import Ints, Package, days, numbers
from features.segment import segments
from models.paths.path import PATHS, Path

Labels = npt.NDArray[np.str_]
UNKNOWN = "unknown"
OPEN = -1


class EligibilityRule(BaseModel):
    """A path that some claims cannot take.

    Attributes:
        path: The path.
        where: Values by field; a claim that has one of each is barred.
        reason: Why, in English.
        reason_zh: The same in Chinese.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    where: Mapping[str, tuple[str, ...]]
    reason: str
    reason_zh: str


@dataclass(frozen=True)
class Eligibility:
    """Which paths are open to the claims of a package.

    Attributes:
        rules: The rules applied.
        barred_by: Position of the first rule that bars each path, ``OPEN`` where none
            does, shape (n, 6).
    """

    rules: tuple[EligibilityRule, ...]
    barred_by: Ints

    @property
    def open(self) -> Bools:
        """Whether each path is open, shape (n, 6)."""
        free: Bools = self.barred_by == OPEN
        return free


@cache
def declared_rules() -> tuple[EligibilityRule, ...]:
    """The rules of ``eligibility.toml``."""
    text = files("models.pricing.paths").joinpath("eligibility.toml").read_text("utf-8")
    return tuple(
        EligibilityRule.model_validate(rule) for rule in tomllib.loads(text)["rules"]
    )


def eligibility(
    package: Package, rules: tuple[EligibilityRule, ...] | None = None
) -> Eligibility:
    """Which paths are open to each claim.

    Args:
        package: The claims.
        rules: Rules to apply; those declared when absent.

    Raises:
        KeyError: A rule names a field that there is not.
    """
    chosen = declared_rules() if rules is None else rules
    facts = _Facts(package)
    barred = np.full((len(package), len(PATHS)), OPEN, np.int64)
    for number, rule in enumerate(chosen):
        met = [facts.is_one_of(name, values) for name, values in rule.where.items()]
        column = barred[:, PATHS.index(rule.path)]
        column[(column == OPEN) & np.all(met, axis=0)] = number
    return Eligibility(chosen, barred)


class _Facts:
    """Values of the claims as rules name them."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._known: dict[str, Labels] = {}

    def is_one_of(self, name: str, values: tuple[str, ...]) -> Bools:
        if name not in self._known:
            self._known[name] = self._labels(name)
        found: Bools = np.isin(self._known[name], values)
        return found

    def _labels(self, name: str) -> Labels:
        if name == "segment":
            return segments(self._package)
        if name == "secured":
            return _yes_no(_secured(self._package))
        if name == "limitation":
            return _limitation(self._package)
        return _as_text(self._package.claims[name])


def _as_text(column: pa.ChunkedArray) -> Labels:
    if pa.types.is_boolean(column.type):
        column = pc.if_else(column, "yes", "no")
    texts: Labels = (
        pc.fill_null(column.cast(pa.string()), UNKNOWN)
        .to_numpy(zero_copy_only=False)
        .astype(np.str_)
    )
    return texts


def _yes_no(holds: Bools) -> Labels:
    return np.where(holds, "yes", "no")


def _secured(package: Package) -> Bools:
    stated = np.isin(
        _as_text(package.claims["security_type"]), ("mortgaged", "pledged", "combined")
    )
    shown = pc.is_in(package.claims["claim_id"], package.collateral["claim_id"])
    valued = np.nan_to_num(numbers(package.claims, "collateral_value")) > 0
    secured: Bools = stated | valued | shown.to_numpy(zero_copy_only=False)
    return secured


def _limitation(package: Package) -> Labels:
    ends = days(package.claims, "limitation_date")
    expired = ends < days(package.claims, "cutoff_date")
    return np.where(np.isnan(ends), UNKNOWN, np.where(expired, "expired", "running"))
