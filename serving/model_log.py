"""Models and the store: what was refused, and what records still need."""

import logging

from sqlalchemy import select

from features.errors import ModelDamagedError, StoreError
from serving.access.who import service
from serving.audit.log import Audit
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


def recorded_models(store: Store) -> set[str]:
    """Hashes of the models that some valuation on record needs for its replay.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        return set(session.scalars(select(Valuation.model_sha256).distinct()))
