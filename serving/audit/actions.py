"""The catalogue of acts that the log knows, in Chinese and English."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from features.catalogue import Language

Action = Literal[
    "valuation.recorded",
    "valuation.replayed",
    "valuation.deleted",
    "review.reviewed",
    "review.approved",
    "review.returned",
    "review.override",
    "review.override_withdrawn",
    "draft.dropped",
    "draft.corrected",
    "draft.removed",
    "deals.imported",
    "export.workbook",
    "export.report",
    "export.announcement",
    "export.claims",
    "export.rejected_rows",
    "export.answer",
    "export.forecasts",
    "export.audit",
    "model.swapped",
    "model.refused",
    "model.decided",
    "model.reload_asked",
    "login.succeeded",
    "login.ended",
    "login.refused",
    "key.issued",
    "key.revoked",
    "key.refused",
    "person.added",
    "person.changed",
    "person.disabled",
    "person.enabled",
    "person.signed_out",
    "link.issued",
    "tenant.added",
    "personal.viewed",
    "personal.deleted",
    "personal.key_rotated",
    "batch.submitted",
    "batch.finished",
    "batch.cancelled",
    "batch.retried",
    "export.batch",
    "store.backed_up",
    "store.restored",
    "retention.applied",
    "audit.key_made",
    "audit.key_rotated",
]


@dataclass(frozen=True)
class Act:
    """What the catalogue says of an action.

    Attributes:
        zh: Its name in Chinese.
        en: Its name in English.
        subject: What it is done to; empty where there is nothing.
        facts: Names of the facts that an entry may state.
    """

    zh: str
    en: str
    subject: str
    facts: frozenset[str]

    def word(self, language: Language) -> str:
        """Its name."""
        return self.zh if language == "zh" else self.en


@cache
def fact_words() -> Mapping[str, Mapping[Language, str]]:
    """Names of facts in each language."""
    content = files("serving.audit").joinpath("facts.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(content))


@cache
def acts() -> Mapping[str, Act]:
    """Every act by the name of its action, in the order of the catalogue."""
    content = files("serving.audit").joinpath("actions.toml").read_text("utf-8")
    return MappingProxyType(
        {
            name: Act(said["zh"], said["en"], said["subject"], frozenset(said["facts"]))
            for name, said in tomllib.loads(content).items()
        }
    )
