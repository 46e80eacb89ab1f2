"""The decisions on the champion: an append-only log inside the MLflow store.

Each decision is one parameter of one run. MLflow writes a parameter once and refuses
to change it, so that of two who decide at the same time only one gets the number. Each
decision holds the SHA-256 of the one before; the registered model holds that of the
last. What was altered or removed is therefore found, and named.
"""

import getpass
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from features.errors import NotFoundError, PromotionRefusedError, StoreError
from training.mlflow_store import (
    CHAMPION,
    MODEL_NAME,
    artefact_location,
    first_cause,
)

LOG_EXPERIMENT = "recovery-decisions"
LAST_DECISION = "last_decision"
GENESIS = "0" * 64
# MLflow cuts a longer parameter short without a word.
MOST_CHARACTERS = 5_900
MOST_REASON_CHARACTERS = 1_000
SECONDS_TO_BEGIN = 60
_KEY = re.compile(r"decision-(\d{6})")

Kind = Literal["crowned", "promoted", "forced", "refused", "rolled_back"]


class Matter(BaseModel):
    """What is decided, before it is entered in the log.

    Attributes:
        kind: A first version crowned at fit, a version promoted by the gate or
            forced past it, a version refused, or a return to an earlier version.
        by: Who decided.
        from_version: Champion before; None if there was none.
        from_sha256: Its model.
        version: Version concerned, champion from now on unless refused.
        sha256: Its model.
        reason: Why, in words.
        figures: Rules of the gate with the figures they were judged by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    by: str = Field(min_length=1, max_length=200)
    from_version: int | None
    from_sha256: str | None
    version: int
    sha256: str
    reason: str = Field(default="", max_length=MOST_REASON_CHARACTERS)
    figures: tuple[dict[str, Any], ...] = ()


class Decision(Matter):
    """A decision as it stands in the log.

    Attributes:
        number: Place in the log, from 1.
        at: When, in UTC.
        previous: SHA-256 of the decision before; zeros for the first.
    """

    number: int = Field(ge=1)
    at: AwareDatetime
    previous: str

    @property
    def moves_champion(self) -> bool:
        """Whether the version concerned is champion from now on."""
        return self.kind != "refused"


@dataclass(frozen=True)
class DecisionLog:
    """The log as it was found.

    Attributes:
        decisions: Those that can be read, in order.
        seals: SHA-256 of every decision's text as stored, by number.
        problems: What was altered, removed or entered past the program, in words.
        run_id: Run that holds the decisions; None before the first.
    """

    decisions: tuple[Decision, ...] = ()
    seals: tuple[tuple[int, str], ...] = ()
    problems: tuple[str, ...] = ()
    run_id: str | None = None

    @property
    def last_number(self) -> int:
        """Number of the last decision, 0 before the first."""
        return self.seals[-1][0] if self.seals else 0

    @property
    def last_seal(self) -> str:
        """SHA-256 of the last decision."""
        return self.seals[-1][1] if self.seals else GENESIS

    @property
    def since_crowned(self) -> tuple[Decision, ...]:
        """Those since a first version was last crowned.

        A model that was deleted from the registry and registered anew counts its
        versions from 1 again: what was decided before concerns others of its numbers.
        """
        crowned = [n for n, d in enumerate(self.decisions) if d.kind == "crowned"]
        return self.decisions[crowned[-1] :] if crowned else self.decisions

    def about(self, version: int) -> tuple[Decision, ...]:
        """The decisions that concern a version, as the new champion or the old."""
        return tuple(
            d
            for d in self.since_crowned
            if d.version == version or (d.moves_champion and d.from_version == version)
        )

    def reigns(self) -> list[int]:
        """Champions that a roll-back can return to in turn, the present one last."""
        stack: list[int] = []
        for decision in self.since_crowned:
            if not decision.moves_champion:
                continue
            if not stack and decision.from_version is not None:
                stack.append(decision.from_version)
            if decision.kind == "rolled_back":
                while stack and stack[-1] != decision.version:
                    stack.pop()
            if stack[-1:] != [decision.version]:
                stack.append(decision.version)
        return stack

    def champion_at(self, at: datetime) -> Decision:
        """The decision by which a version was champion at a time.

        Raises:
            NotFoundError: The log begins later, or holds no champion.
        """
        before = [d for d in self.decisions if d.moves_champion and d.at <= at]
        if not before:
            begins = f"begins {self.decisions[0].at}" if self.decisions else "is empty"
            raise NotFoundError(
                f"no champion is known at {at.isoformat()}: the log of decisions "
                f"{begins}"
            )
        return before[-1]


def acting_user() -> str:
    """Who runs the program, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def read_log(client: Any) -> DecisionLog:
    """The log with everything that is wrong with it."""
    runs = _runs(client)
    if not runs:
        return DecisionLog(problems=tuple(_anchor_problems(client, {})))
    texts = _texts(runs[0])
    decisions, problems = _read(texts)
    problems += _run_problems(runs)
    problems += _chain_problems(texts, decisions)
    problems += _anchor_problems(client, texts)
    return DecisionLog(
        tuple(decisions[n] for n in sorted(decisions)),
        tuple((n, _seal(texts[n])) for n in sorted(texts)),
        tuple(problems),
        str(runs[0].info.run_id),
    )


def append(client: Any, log: DecisionLog, matter: Matter) -> Decision:
    """Enter a decision after the last one of a log as it was read.

    Raises:
        PromotionRefusedError: Somebody else decided since the log was read.
        StoreError: The run of the log was deleted, or the decision is too long.
    """
    now = datetime.now(UTC)
    # A clock that was put back must not bring decisions out of order.
    at = max([now, *(d.at for d in log.decisions[-1:])])
    decision = Decision(
        **matter.model_dump(),
        number=log.last_number + 1,
        at=at,
        previous=log.last_seal,
    )
    text = decision.model_dump_json()
    if len(text) > MOST_CHARACTERS:
        raise StoreError(
            f"the decision has {len(text)} characters and MLflow keeps "
            f"{MOST_CHARACTERS}: give a shorter reason"
        )
    _write(client, log.run_id or _new_run(client), _key(decision.number), text)
    client.set_registered_model_tag(
        MODEL_NAME, LAST_DECISION, f"{decision.number} {_seal(text)}"
    )
    return decision


def point_alias(client: Any) -> None:
    """Let the alias name the champion of the log, whoever decided last."""
    champion = read_log(client).reigns()[-1]
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, str(champion))


def alias_version(client: Any) -> int | None:
    """The version that MLflow's alias names; None if it names none."""
    from mlflow.exceptions import MlflowException

    try:
        aliases = client.get_registered_model(MODEL_NAME).aliases
    except MlflowException:
        return None
    return int(aliases[CHAMPION]) if CHAMPION in aliases else None


def is_decided(client: Any) -> bool:
    """Whether anything was decided on the model since it was registered.

    The log outlives a registered model that was deleted; the note on it does not.
    """
    return LAST_DECISION in client.get_registered_model(MODEL_NAME).tags


def _key(number: int) -> str:
    return f"decision-{number:06d}"


def _seal(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _runs(client: Any) -> list[Any]:
    """Runs of the log's experiment that hold decisions, the first one first."""
    from mlflow.entities import ViewType

    experiment = client.get_experiment_by_name(LOG_EXPERIMENT)
    if experiment is None:
        return []
    found = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)
    return sorted(
        found, key=lambda r: (not _texts(r), r.info.start_time, r.info.run_id)
    )


def _texts(run: Any) -> dict[int, str]:
    """Text of each decision of a run by its number."""
    matches = {_KEY.fullmatch(key): value for key, value in run.data.params.items()}
    return {int(m[1]): value for m, value in matches.items() if m}


def _new_run(client: Any) -> str:
    """The run that holds the log, begun by whoever could create its experiment.

    Raises:
        PromotionRefusedError: Somebody else is beginning it.
    """
    from mlflow.exceptions import MlflowException

    begun = client.get_experiment_by_name(LOG_EXPERIMENT)
    try:
        experiment = (
            begun.experiment_id
            if begun and _is_abandoned(begun)
            else client.create_experiment(LOG_EXPERIMENT, artefact_location())
        )
    except MlflowException:
        raise PromotionRefusedError(
            "somebody else is beginning the log of decisions; nothing was changed: "
            "decide again in a minute"
        ) from None
    run = client.create_run(experiment, run_name="decisions on the champion")
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def _is_abandoned(experiment: Any) -> bool:
    """Whether whoever created an experiment without a run has left it so."""
    age_seconds = datetime.now(UTC).timestamp() - experiment.creation_time / 1000
    return bool(age_seconds > SECONDS_TO_BEGIN)


def _write(client: Any, run_id: str, key: str, text: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.log_param(run_id, key, text)
    except MlflowException as error:
        held = client.get_run(run_id)
        if held.info.lifecycle_stage == "deleted":
            raise StoreError(
                f"the log of decisions was deleted, bring it back with: mlflow runs "
                f"restore --run-id {run_id}"
            ) from None
        if key not in held.data.params:
            raise StoreError(
                f"the decision was not kept and nothing was changed, see to the MLflow "
                f"store and decide again: {first_cause(error)}",
                zh="决定未能保存，未作任何更改；请检查 MLflow 库后重新决定："
                f"{first_cause(error)}",
            ) from None
        raise PromotionRefusedError(
            f"somebody else decided in the meantime ({key}); nothing was changed: look "
            "at python -m training decisions, then decide again"
        ) from None


def _read(texts: dict[int, str]) -> tuple[dict[int, Decision], list[str]]:
    decisions, problems = {}, []
    for number, text in texts.items():
        try:
            decisions[number] = Decision.model_validate_json(text)
        except ValidationError:
            problems.append(f"decision {number} cannot be read: it was altered")
    return decisions, problems


def _run_problems(runs: Sequence[Any]) -> list[str]:
    first, *others = runs
    problems = [
        f"run {r.info.run_id} holds decisions beside run {first.info.run_id}: two logs "
        "were begun at the same time"
        for r in others
        if _texts(r)
    ]
    if first.info.lifecycle_stage == "deleted":
        problems.append(f"run {first.info.run_id}, which holds the log, was deleted")
    return problems


def _chain_problems(texts: dict[int, str], decisions: dict[int, Decision]) -> list[str]:
    problems = []
    for number in range(1, max(texts, default=0) + 1):
        if number not in texts:
            problems.append(f"decision {number} is missing: it was removed")
            continue
        found = decisions.get(number)
        if found and found.number != number:
            problems.append(f"decision {number} says that it is {found.number}")
        following = decisions.get(number + 1)
        if following and following.previous != _seal(texts[number]):
            problems.append(
                f"decision {number} is not the one that decision {number + 1} follows: "
                "it was altered"
            )
    first = decisions.get(1)
    if first and first.previous != GENESIS:
        problems.append("decision 1 follows another: earlier ones were removed")
    return problems


def _anchor_problems(client: Any, texts: dict[int, str]) -> list[str]:
    """Whether the decision that was last entered is still there as it was."""
    from mlflow.exceptions import MlflowException

    try:
        anchor = client.get_registered_model(MODEL_NAME).tags.get(LAST_DECISION)
    except MlflowException:
        return []
    if anchor is None:
        return ["the last decision is not noted on the model"] if texts else []
    number, _, seal = anchor.partition(" ")
    if not number.isdigit() or int(number) not in texts:
        return [f"decision {number}, noted as the last, is missing: it was removed"]
    if _seal(texts[int(number)]) != seal:
        return [f"decision {number} is not the one noted as the last: it was altered"]
    return []
