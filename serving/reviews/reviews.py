"""Reviews on record: steps are read, judged and added."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType

import pyarrow.compute as pc
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from serving.access.routes import forbidden, may
from serving.access.who import Who
from serving.audit.actions import Action
from serving.audit.entry import canonical
from serving.audit.log import Audit, Fact, utc_text
from serving.identifiers import new_id
from serving.reviews.request import ReviewRequest
from serving.reviews.standing import ClaimValue, Standing
from serving.storage.store import Store
from serving.storage.tables import ReviewEvent, Valuation

_ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "reviewed": "review.reviewed",
        "approved": "review.approved",
        "returned": "review.returned",
        "override": "review.override",
        "override_withdrawn": "review.override_withdrawn",
    }
)


# Steps that an approver takes.
_JUDGED = ("approved", "returned")


class Reviews:
    """The reviews of the valuations in a store."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def standing(self, row: Valuation) -> Standing:
        """Where the review of a valuation stands.

        Raises:
            StoreError: The store does not answer.
        """
        return self.standings([row])[row.id]

    def standings(self, rows: Sequence[Valuation]) -> dict[str, Standing]:
        """Where the reviews of some valuations stand, by identifier.

        Raises:
            StoreError: The store does not answer.
        """
        named = ReviewEvent.valuation_id.in_([row.id for row in rows])
        query = select(ReviewEvent).where(named).order_by(ReviewEvent.number)
        steps: dict[str, list[ReviewEvent]] = defaultdict(list)
        with self._store.session() as session:
            for event in session.scalars(query):
                steps[event.valuation_id].append(event)
        return {row.id: Standing(row, tuple(steps[row.id])) for row in rows}

    def add(self, row: Valuation, request: ReviewRequest) -> Standing:
        """Have whoever asks take a step, if it may follow those that were taken.

        Steps of several persons at once are judged one after the other: whose number
        is taken in the meantime is judged again, by what then stands.

        Raises:
            ForbiddenError: They have no role that may do it.
            ReviewRefusedError: The state of the review forbids it.
            AssumptionError: The claim is none of the valuation's, or is not worth that
                much; nothing was recorded.
            StoreError: The store does not answer; nothing was recorded.
        """
        if request.kind in _JUDGED and not may(self._store.who, "approve"):
            raise forbidden("approve")
        claim = self.claim_value(row, request.claim_id)
        while True:
            standing = self.standing(row)
            standing.check(request, claim, self._store.who)
            event = _event(standing, request, claim, self._store.who)
            if self._added(event):
                return standing.then(event)

    def claim_value(self, row: Valuation, claim_id: str | None) -> ClaimValue | None:
        """A claim as a valuation has it; None where it has no such claim.

        Raises:
            StoreError: The store does not answer.
        """
        if claim_id is None:
            return None
        lines = self._store.claim_lines(row.id)
        place = pc.index(lines["claim_id"], claim_id).as_py()
        if place < 0:
            return None
        line = lines.slice(place, 1).to_pylist()[0]
        return ClaimValue(line["claim_fen"], line["present_value_fen"])

    def _added(self, event: ReviewEvent) -> bool:
        """Whether a step was added; not where its number is taken."""
        with self._store.session() as session:
            try:
                with session.begin_nested():
                    session.add(event)
            except IntegrityError:
                if not _is_taken(session, event):
                    raise
                return False
            _note(session, self._store.who, event)
        return True


def _note(session: Session, who: Who, event: ReviewEvent) -> None:
    facts: dict[str, Fact] = {
        "step": event.number,
        "step_sha256": sha256(canonical(_plain(event))).hexdigest(),
    }
    action = _ACTIONS[event.kind]
    Audit.append(session, who, action, event.valuation_id, facts)


def _plain(event: ReviewEvent) -> dict[str, object]:
    """A step as its hash in the audit log states it."""
    columns = {c.key: getattr(event, c.key) for c in ReviewEvent.__table__.columns}
    return columns | {"at": utc_text(event.at)}


def _is_taken(session: Session, event: ReviewEvent) -> bool:
    """Whether a step of the same number stands already."""
    same = select(ReviewEvent.id).where(
        ReviewEvent.valuation_id == event.valuation_id,
        ReviewEvent.number == event.number,
    )
    return session.scalars(same).first() is not None


def _event(
    standing: Standing, request: ReviewRequest, claim: ClaimValue | None, who: Who
) -> ReviewEvent:
    now = datetime.now(UTC)
    return ReviewEvent(
        id=new_id(now),
        valuation_id=standing.row.id,
        number=len(standing.events) + 1,
        at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        kind=request.kind,
        person=who.name,
        person_id=who.id,
        reason=request.reason,
        claim_id=request.claim_id,
        claim_fen=claim and claim.claim_fen,
        model_present_value_fen=claim and claim.present_value_fen,
        present_value_fen=request.present_value_fen,
    )
