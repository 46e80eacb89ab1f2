"""Models in the log: which is in service, and who decided on it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from serving.access.who import service
from serving.audit.actions import Action
from serving.audit.log import Audit
from serving.audit.tables import AuditEntry
from serving.audit.walk import Sessions
from serving.model_facts import DecisionFacts


class InService(NamedTuple):
    """The model in service.

    Attributes:
        model_name: Name of the registered model.
        model_version: Its version.
        model_sha256: Hash of the model.
    """

    model_name: str
    model_version: str
    model_sha256: str


def note_model(
    sessions: Sessions,
    served: InService,
    decisions: Callable[[], Iterable[DecisionFacts]],
) -> None:
    """Log a model that came into service, and the decisions since the one before.

    Processes that serve the same model enter it once; decisions are those on the
    champion that training keeps with its registry.

    Args:
        sessions: Transactions of the store.
        served: The model in service.
        decisions: Gives the decisions of the registry, where a new model came.

    Raises:
        StoreError: The store does not answer.
    """
    with sessions() as session:
        if _is_noted(served, _last_facts(session, "model.swapped")):
            return
    new = list(decisions())
    with sessions() as session:
        Audit.hold(session)
        before = _last_facts(session, "model.swapped")
        if _is_noted(served, before):
            return
        _enter_decisions(session, served.model_name, new)
        facts = {
            **served._asdict(),
            "from_version": before.get("model_version"),
            "from_sha256": before.get("model_sha256"),
        }
        subject = f"{served.model_name}/{served.model_version}"
        Audit.append(session, service(), "model.swapped", subject, facts)


def _is_noted(served: InService, last: Mapping[str, Any]) -> bool:
    return bool(last.get("model_sha256") == served.model_sha256)


def _enter_decisions(
    session: Session, name: str, decisions: Iterable[DecisionFacts]
) -> None:
    known = _last_facts(session, "model.decided").get("decision", 0)
    for decision in decisions:
        if decision.number > known:
            Audit.append(
                session,
                service(),
                "model.decided",
                f"{name}/{decision.version}",
                {
                    "decision": decision.number,
                    "kind": decision.kind,
                    "by": decision.by,
                    "from_version": decision.from_version,
                    "decided_at": decision.at.isoformat(),
                },
            )


def _last_facts(session: Session, action: Action) -> dict[str, Any]:
    query = select(AuditEntry.facts).where(AuditEntry.action == action)
    text = session.scalar(query.order_by(AuditEntry.number.desc()).limit(1))
    facts: dict[str, Any] = {} if text is None else orjson.loads(text)
    return facts
