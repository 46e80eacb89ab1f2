"""The configuration of a training run, read from TOML and checked."""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import ConfigError
from models.recovery.tree_parameters import TreeParameters


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False
    )


class Horizon(_Section):
    """How far a recovery curve reaches."""

    quarters: int = Field(ge=1, le=40)


class Trees(_Section):
    """How the trees of level or curve are grown; see ``TreeParameters``."""

    trees: int = Field(ge=1, le=5000)
    learning_rate: float = Field(gt=0, le=1)
    leaves: int = Field(ge=2, le=255)
    least_claims: int = Field(ge=1)
    ridge: float = Field(ge=0)
    row_share: float = Field(gt=0, le=1)
    column_share: float = Field(gt=0, le=1)
    monotone: bool
    seed: int = Field(ge=0)

    def parameters(self) -> TreeParameters:
        """The same for the model."""
        return TreeParameters(**self.model_dump())


class VocabularyRule(_Section):
    """When an open category's label is learnt."""

    minimum_count: int = Field(ge=1)


class Reference(_Section):
    """Which claims set level and distribution."""

    share: float = Field(gt=0, le=1)
    maturity_months: int = Field(ge=0, le=120)


class Timing(_Section):
    """Declared timing where a history has none."""

    declared_mean_months: float = Field(gt=0, le=120)


class Factor(_Section):
    """What is held of correlations before; see ``CorrelationPrior``."""

    systematic: float = Field(ge=0, le=0.9)
    vintages: float = Field(ge=0)
    group: float = Field(ge=0, le=0.9)
    obligor: float = Field(ge=0, le=0.9)
    pairs: float = Field(gt=0)
    floor: float = Field(ge=0, le=0.9)
    ceiling: float = Field(ge=0, le=0.9)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.floor > self.ceiling:
            raise ValueError("floor lies above ceiling")
        return self


class Evaluation(_Section):
    """The protocol: expanding years, tested out of time."""

    years: int = Field(ge=1, le=20)
    embargo_months: int = Field(ge=0, le=60)
    package_claims: int = Field(ge=2)
    packages: int = Field(ge=1)
    seed: int = Field(ge=0)


class Simulated(_Section):
    """Size of the embedded market."""

    claims: int = Field(ge=100, le=2_000_000)
    seed: int = Field(ge=0)
    first_cutoff: date
    observed_until: date


class Monitoring(_Section):
    """When what was paid is too far from what was forecast."""

    vintage_months: Literal[3, 6, 12]
    fewest_claims: int = Field(ge=2)
    fewest_blocks: int = Field(ge=2)
    tolerance_rate: float = Field(gt=0, lt=1)
    false_alarm_rate: float = Field(gt=0, lt=1)
    seed: int = Field(ge=0)


class Paths(_Section):
    """How the value of disposal paths is learnt."""

    learn: bool
    labels: Literal["chosen", "ended"]
    horizon_months: int = Field(ge=6, le=120)
    yearly_rate: float = Field(ge=0, le=1)
    least_claims: int = Field(ge=10)
    least_drawn: int = Field(ge=5)
    false_alarm_rate: float = Field(gt=0, lt=1)
    overlap_rate: float = Field(ge=0.01, lt=0.5)
    folds: int = Field(ge=2, le=10)
    trees: int = Field(ge=1, le=2000)
    learning_rate: float = Field(gt=0, le=1)
    leaves: int = Field(ge=2, le=255)
    least_leaf_claims: int = Field(ge=1)
    ridge: float = Field(ge=0)
    column_share: float = Field(gt=0, le=1)
    seed: int = Field(ge=0)


class Config(_Section):
    """One training run."""

    horizon: Horizon
    level: Trees
    curve: Trees
    vocabulary: VocabularyRule
    reference: Reference
    timing: Timing
    factor: Factor
    evaluation: Evaluation
    monitoring: Monitoring
    paths: Paths
    simulated: Simulated


def load_config(path: Path | None = None) -> Config:
    """The default configuration, with the keys of a file in place of its own.

    Raises:
        ConfigError: The file is missing, is not TOML, or holds an unknown key or a
            value out of bounds.
    """
    document = tomllib.loads(files("training").joinpath("config.toml").read_text())
    for section, keys in _read(path).items() if path else ():
        if section not in document:
            raise ConfigError(
                f"{path}: there is no section [{section}]",
                zh=f"{path}：没有 [{section}] 这一节",
            )
        if not isinstance(keys, dict):
            raise ConfigError(
                f"{path}: {section} is a section: write [{section}] on a line, and its "
                "keys below",
                zh=f"{path}：{section} 是一节；请单独一行写 [{section}]，其下填写各键",
            )
        document[section] = {**document[section], **keys}
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {_rule(e)} (got {e['input']!r})"
            for e in error.errors()
        )
        raise ConfigError(f"{path}: {told}") from None


def _rule(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "no such key; those there are stand in training/config.toml"
    return str(error["msg"])


def _read(path: Path) -> dict[str, Any]:
    try:
        # Editors of Windows put a mark in front of UTF-8, which TOML does not know.
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path} is not TOML: it is not in UTF-8; save it as UTF-8",
            zh=f"{path} 不是 TOML：不是 UTF-8 编码；请另存为 UTF-8",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not TOML: {error}", zh=f"{path} 不是 TOML：{error}"
        ) from None
