"""Every error that Recoup raises on purpose, and the one form of a finding.

The tree, with the exit status of a program and the HTTP status of the service::

    RecoupError
    ├── InputError                 2   422  what was handed in is wrong
    │   ├── TapeError              2   422  a file that cannot be a tape at all
    │   ├── ClaimsError            2   422  claims that break the catalogue
    │   ├── AssumptionError        2   422  a pricing assumption out of bounds
    │   ├── HistoryError           2   422  a disposal history that cannot be used
    │   │   └── LeakageError       2   422  a history that knows what came later
    │   ├── ConfigError            2   422  a configuration that cannot be used
    │   └── KeyReusedError         2   422  an idempotency key of another request
    ├── SignInNeededError          2   401  nobody knows who asks
    ├── SignOnRefusedError         2   403  the provider's word lets nobody in
    ├── ForbiddenError             2   403  whoever asks has no role for it
    ├── NotFoundError              2   404  no such valuation, model or version
    ├── WrongHostError             2   421  a name that is not the service's
    ├── PromotionRefusedError      1   409  a version must not become champion
    ├── InFlightError              1   409  the same request is being answered now
    ├── ReviewRefusedError         1   409  a step that the state of a review forbids
    ├── BatchRefusedError          1   409  an act that the state of a batch forbids
    ├── TooManyRequestsError       1   429  somebody asked too often within a minute
    ├── SignOnUnavailableError     1   503  the provider of sign-on does not answer
    ├── ModelUnavailableError      1   503  no model can be opened now
    ├── BusyError                  1   503  too much is being done already
    ├── StoppingError              1   503  the service stops before it can answer
    ├── ModelDamagedError          1   503  an artefact that fails its checks
    ├── FontMissingError           1   503  no font of this machine holds Chinese
    ├── AuditBrokenError           1   500  an audit log that was tampered with
    └── StoreError                 1   503  a store does not answer
        └── StoreFullError         1   507  no space is left where a store writes
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from features.personal.recognition import masked

_LOGIN = re.compile(r"(?<=://)[^\s/]+(?=@)")


def without_login(text: str) -> str:
    """A text whose addresses tell no name and no password."""
    return _LOGIN.sub("***", text)


@dataclass(frozen=True)
class Finding:
    """What is wrong with one value, in words that every door repeats.

    Whatever identifies a person is masked here, so that no door tells it.

    Attributes:
        code: Stable name of the rule, such as ``out_of_bounds``.
        reason: What is wrong and what to do about it, in English.
        reason_zh: The same in Chinese.
        table: Table of the tape: ``claims``, ``collateral`` or ``guarantees``; empty
            for a field of a question.
        row: Row number as the sender counts it: the line of a sheet or a csv
            file (header included, from 1), or the index in a JSON list (from 0);
            2,000,012 is line 12 of the second of several sheets read as one table.
        field: Catalogue name of the field, if one is concerned.
        column: Header of the column as the sender wrote it.
        value: The offending value, shortened, as text.
    """

    code: str
    reason: str
    reason_zh: str
    table: str = "claims"
    row: int | None = None
    field: str | None = None
    column: str | None = None
    value: str | None = None

    @classmethod
    def of_masked(cls, **facts: Any) -> Self:
        """A finding of all its facts, in which persons are masked already.

        They need not be looked for again in every sentence of fifty thousand.
        """
        found = object.__new__(cls)
        vars(found).update(facts)
        return found

    def __post_init__(self) -> None:
        """Mask what was taken from the tape."""
        for name in ("reason", "reason_zh", "table", "field", "column", "value"):
            said = getattr(self, name)
            if said is not None and (shown := masked(said)) != said:
                object.__setattr__(self, name, shown)

    def sentence(self) -> str:
        """The finding as one line for a terminal."""
        where = [self.table] if self.table else []
        where += [f"row {self.row}"] if self.row is not None else []
        where += [f"field {self.field}"] if self.field else []
        shown = f" (got {self.value!r})" if self.value is not None else ""
        begun = f"{', '.join(where)}: " if where else ""
        return f"{begun}{self.reason}{shown}"


class ColumnFinding(Finding):
    """A finding about a table in columns, where the field is named before the row."""


class RecoupError(Exception):
    """Base of every error of this tree.

    Attributes:
        exit_status: Exit status of a program that ends with this error.
        http_status: Status of an answer that reports this error.
        passing: Whether the same may succeed when it is tried again shortly.
        findings: What is wrong in detail; empty where the message says it all.
        zh: The message in Chinese; the message itself where there is none.
    """

    exit_status = 1
    http_status = 500
    passing = False

    def __init__(
        self, message: str, findings: Sequence[Finding] = (), zh: str | None = None
    ) -> None:
        """Keep the message, persons and logins masked, and the findings."""
        super().__init__(masked(without_login(message)))
        self.findings = tuple(findings)
        self.zh = masked(without_login(message if zh is None else zh))

    @property
    def kind(self) -> str:
        """Stable name of its kind, such as ``not-found``."""
        stem = type(self).__name__.removesuffix("Error")
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in stem).lstrip("-")


class InputError(RecoupError):
    """What was handed in is wrong; the message says how to mend it."""

    exit_status = 2
    http_status = 422


class TapeError(InputError):
    """The file cannot be a tape at all."""


class ClaimsError(InputError):
    """The claims break the catalogue; each finding names one value."""


class AssumptionError(InputError):
    """A pricing assumption is unknown or out of bounds."""


class HistoryError(InputError):
    """A disposal history cannot be used."""


class LeakageError(HistoryError):
    """A history knows more than was known on its cut-off dates, or hides failures."""


class ConfigError(InputError):
    """A configuration cannot be used."""


class KeyReusedError(InputError):
    """An idempotency key came with another request before."""


class NotFoundError(RecoupError):
    """There is no such valuation, model or version."""

    exit_status = 2
    http_status = 404


class WrongHostError(RecoupError):
    """A request asks for the service by a name that is not its own."""

    exit_status = 2
    http_status = 421


class SignInNeededError(RecoupError):
    """Nobody knows who asks: no credential came, or one that serves no longer."""

    exit_status = 2
    http_status = 401


class SignOnRefusedError(RecoupError):
    """A sign-on does not fit, or gives no role; nobody was signed in."""

    exit_status = 2
    http_status = 403


class SignOnUnavailableError(RecoupError):
    """The provider of sign-on does not answer."""

    http_status = 503
    passing = True


class TooManyRequestsError(RecoupError):
    """Somebody asked too often within a minute."""

    http_status = 429
    passing = True


class ForbiddenError(RecoupError):
    """Whoever asks has no role that may do it."""

    exit_status = 2
    http_status = 403


class PromotionRefusedError(RecoupError):
    """A version must not become champion; the champion stays what it is."""

    http_status = 409


class InFlightError(RecoupError):
    """The same request is being answered now; its answer can be had soon."""

    http_status = 409
    passing = True


class ReviewRefusedError(RecoupError):
    """The state of a review forbids a step; nothing was recorded."""

    http_status = 409


class BatchRefusedError(RecoupError):
    """The state of a batch forbids an act; nothing was changed."""

    http_status = 409


class ModelUnavailableError(RecoupError):
    """No model can be opened now."""

    http_status = 503
    passing = True


class BusyError(RecoupError):
    """Too much is being done already; the same can be had shortly."""

    http_status = 503
    passing = True


class StoppingError(RecoupError):
    """The service was stopped before it could answer; another may be there shortly."""

    http_status = 503
    passing = True


class ModelDamagedError(RecoupError):
    """An artefact fails its checks and is not used."""

    http_status = 503
    passing = True


class FontMissingError(RecoupError):
    """No font of this machine holds Chinese, so that no paper can be set."""

    http_status = 503


class AuditBrokenError(RecoupError):
    """The audit log is not what was appended to it."""


class StoreError(RecoupError):
    """The store of valuations or that of MLflow does not answer."""

    http_status = 503
    passing = True


class StoreFullError(StoreError):
    """No space is left where a store writes; nothing was written by halves."""

    http_status = 507


def first_line(error: BaseException) -> str:
    """The first line of what an error says; its kind where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)
