"""Who becomes champion: promotion through the gate or past it, and the way back."""

from dataclasses import dataclass
from typing import Any

from features.errors import PromotionRefusedError
from models.recovery.model import ModelRecord, RecoveryModel
from training.config import load_config
from training.governance.decisions_log import (
    Decision,
    DecisionLog,
    Kind,
    Matter,
    alias_version,
    append,
    point_alias,
    read_log,
)
from training.governance.gate import Candidate, Judgement, judge
from training.governance.versions import (
    open_version,
    registered_sha256,
    run_tags,
    tested_claims,
)


@dataclass(frozen=True)
class Promotion:
    """What was decided about a challenger.

    Attributes:
        judgement: The rules of the gate.
        decision: The decision as it stands in the log.
    """

    judgement: Judgement
    decision: Decision

    @property
    def made(self) -> bool:
        """Whether the version is champion now."""
        return self.decision.moves_champion

    def figures(self) -> dict[str, Any]:
        """The same as plain figures."""
        return {
            "promoted": self.made,
            "paired_claims": self.judgement.claims,
            "gate_passed": self.judgement.passed,
            "decision": self.decision.model_dump(mode="json"),
        }

    def check(self) -> None:
        """Say why, if the version was refused.

        Raises:
            PromotionRefusedError: It was, with the rules that it does not meet.
        """
        if self.made:
            return
        raise PromotionRefusedError(
            f"version {self.decision.version} is not promoted: "
            + "; ".join(self.judgement.failures())
        )


def promote(client: Any, version: int, by: str, reason: str, force: bool) -> Promotion:
    """Make a version champion if the gate lets it pass, or in spite of the gate.

    The decision is entered in the log before the alias moves; a refusal is entered too.

    Args:
        client: Client of the MLflow store.
        version: The challenger.
        by: Who decides.
        reason: Why, in words.
        force: Promote even where the gate refuses.

    Raises:
        NotFoundError: There is no such version.
        ModelUnavailableError: Its files are gone; force does not help.
        ModelDamagedError: Its files fail their checks; force does not help.
        PromotionRefusedError: It is champion already or has no pin, or somebody else
            decided at the same time.
    """
    log, present = read_log(client), alias_version(client)
    if version == present:
        raise PromotionRefusedError(f"version {version} is the champion already")
    model = open_version(client, version)
    judgement = _judgement(client, present, version, model.record)
    matter = Matter(
        kind=_kind(judgement, force),
        by=by,
        **_move(client, present, version, model),
        reason=reason,
        figures=judgement.figures(),
    )
    decision = append(client, log, matter)
    if decision.moves_champion:
        point_alias(client)
    return Promotion(judgement, decision)


def roll_back(client: Any, by: str, reason: str) -> Decision:
    """Return to the champion before the present one, as the log knows it.

    Where the alias was moved past the log, that is the champion of the log itself.

    Raises:
        PromotionRefusedError: The log knows no earlier champion, or it has no pin.
        ModelUnavailableError: Its files are gone.
        ModelDamagedError: Its files fail their checks.
    """
    log, present = read_log(client), alias_version(client)
    version = _earlier(log, present)
    move = _move(client, present, version, open_version(client, version))
    matter = Matter(kind="rolled_back", by=by, **move, reason=reason)
    decision = append(client, log, matter)
    point_alias(client)
    return decision


def _move(
    client: Any, present: int | None, version: int, model: RecoveryModel
) -> dict[str, Any]:
    """From which version to which, with their models."""
    return {
        "from_version": present,
        "from_sha256": registered_sha256(client, present) if present else None,
        "version": version,
        "sha256": model.sha256,
    }


def _judgement(
    client: Any, present: int | None, version: int, record: ModelRecord
) -> Judgement:
    challenger = Candidate(
        version, record.source, record.simulated, tested_claims(client, version)
    )
    champion = None if present is None else _candidate(client, present)
    return judge(champion, challenger, load_config().evaluation)


def _kind(judgement: Judgement, force: bool) -> Kind:
    if judgement.passed:
        return "promoted"
    return "forced" if force else "refused"


def _candidate(client: Any, version: int) -> Candidate:
    """A version as its run describes it, for it need not open any more."""
    tags = run_tags(client, version)
    return Candidate(
        version,
        tags.get("source", "unknown data"),
        tags.get("simulated") == "true",
        tested_claims(client, version),
    )


def _earlier(log: DecisionLog, present: int | None) -> int:
    reigns = log.reigns()
    if reigns and reigns[-1] != present:
        return reigns[-1]
    if len(reigns) < 2:
        raise PromotionRefusedError(
            "the log of decisions knows no champion before the present one: promote "
            "the version that you want instead"
        )
    return reigns[-2]
