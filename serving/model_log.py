"""Models and the store: what was refused, asked for, and what records still need."""

import logging

from sqlalchemy import func, select

from features.errors import ModelDamagedError, StoreError
from serving.access.who import service
from serving.audit.log import Audit
from serving.audit.tables import AuditEntry
from serving.champion.served import Refusal
from serving.storage.store import Store
from serving.storage.tables import Valuation

log = logging.getLogger(__name__)


def note_refusal(store: Store, name: str, refusal: Refusal) -> None:
    """Enter in the audit log that a version was not taken into service.

    A store that does not answer keeps no model from serving: the refusal is then told
    by the lines of the service alone.

    Args:
        store: The store.
        name: Name of the registered model.
        refusal: The version.
    """
    facts = {
        "model_version": refusal.pinned.version,
        "model_sha256": refusal.pinned.model_sha256 or None,
        "reason_code": ModelDamagedError(refusal.reason).kind,
    }
    try:
        with store.session_of_all() as session:
            subject = f"{name}/{refusal.pinned.version}"
            Audit.append(session, service(), "model.refused", subject, facts)
    except StoreError as error:
        log.warning("a refused model is not in the audit log: %s", error)


class ReloadRequests:
    """Requests to look for a model at once, whichever process they reached.

    Each is an entry of the audit log, where all processes that share the store find it.
    """

    def __init__(self, store: Store, name: str) -> None:
        """Look in a store for requests that name a registered model."""
        self._store, self._name = store, name
        self._seen: int | None = None

    def met_another(self) -> bool:
        """Whether one came since the last look; those before the first are past."""
        try:
            last = self._last()
        except StoreError:
            # Whoever needs the store says that it does not answer.
            return False
        seen, self._seen = self._seen, last
        return seen is not None and last > seen

    def _last(self) -> int:
        query = select(func.max(AuditEntry.number)).where(
            AuditEntry.action == "model.reload_asked", AuditEntry.subject == self._name
        )
        with self._store.session_of_all() as session:
            return session.scalar(query) or 0


def recorded_models(store: Store) -> set[str]:
    """Hashes of the models that some valuation on record needs for its replay.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        return set(session.scalars(select(Valuation.model_sha256).distinct()))
