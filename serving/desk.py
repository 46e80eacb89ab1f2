"""Values, records and replays for every door, with one model and one store."""

import logging
from collections.abc import Callable, Mapping
from copy import copy
from functools import lru_cache, partial
from hashlib import sha256
from typing import Self

import orjson
import pyarrow as pa
from sqlalchemy.orm import Session

from features.errors import (
    ModelUnavailableError,
    StoreError,
)
from features.personal.pseudonyms import Pseudonyms
from models.pricing.assumptions import Assumptions
from models.pricing.valuation import value_package
from serving.access.local import store_of
from serving.access.who import Who
from serving.audit.actions import Action
from serving.audit.keys import Keys
from serving.audit.log import Audit, Fact
from serving.audit.models import InService, note_model
from serving.audit.signing import Signing
from serving.champion import Champion, ServedModel
from serving.document import Document, encode
from serving.identifiers import is_id, unknown_valuation
from serving.intake import Order, prices_of_request
from serving.model_facts import DecisionFacts
from serving.model_log import ReloadRequests, note_refusal, recorded_models
from serving.observing.facts import note
from serving.observing.metrics import claims_priced, valuation_recorded
from serving.observing.trouble import Trouble
from serving.prices import price_document
from serving.record import Recomputed, Record, Replay
from serving.registered import RegisteredModels
from serving.revaluing import Chain, revaluation_document
from serving.sandbox.opening import OWN_FILES, Opener
from serving.schemas import EXAMPLE
from serving.scorer import Report, nobody, score
from serving.settings import Settings
from serving.storage.store import Store
from serving.storage.stored import Door, StoredDocument
from serving.storage.tables import Valuation
from serving.submission import Submission

log = logging.getLogger(__name__)

# A package of 100,000 claims takes a third of a gibibyte.
KEPT_VALUATIONS = 4
# The lines of as many claims take 25 MB.
KEPT_LINES = 8


def warm(served: ServedModel) -> None:
    """Price an example by a model, so that no request is the first."""
    order = prices_of_request(orjson.dumps(EXAMPLE), len(EXAMPLE["claims"]))
    price_document(order, served)


class Desk:
    """The model in service and the store of valuations, for somebody who asks."""

    def __init__(
        self, settings: Settings, opener: Opener = OWN_FILES, who: Who | None = None
    ) -> None:
        """Remember where both are; nothing is opened yet.

        Args:
            settings: Of this installation.
            opener: Whoever opens the files that are handed in.
            who: Who asks; whoever runs this program otherwise.
        """
        self.settings = settings
        self.opener = opener
        self.store = store_of(settings, who)
        refused = partial(note_refusal, self.store, settings.model_name)
        self.champion = Champion(settings, warm, refused)
        self.signing = Signing(self.store.session_of_all, Keys(settings))
        self._store_ready, self._unready = False, Trouble(log, "nothing is recorded")
        self._requests = ReloadRequests(self.store, settings.model_name)
        self._noted_model: str | None = None
        # Records never change, and neither do their lines. Desks of several persons
        # share them; the store they came from tells tenants apart.
        self._recomputed = lru_cache(KEPT_VALUATIONS)(self._recompute)
        self._lines = lru_cache(KEPT_LINES)(Store.claim_lines)

    def of(self, who: Who) -> Self:
        """The same desk for somebody else, who sees the records of their tenant."""
        theirs = copy(self)
        theirs.store = self.store.of(who)
        return theirs

    def by(self, store: Store) -> Self:
        """The same desk with another hold of its store, as of one transaction."""
        theirs = copy(self)
        theirs.store = store
        return theirs

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The signs that persons have with the tenant of whoever asks.

        Raises:
            ConfigError: The keys of this installation cannot be read.
        """
        return self.store.key_place.keys().pseudonyms(self.store.who.tenant)

    def claim_lines(self, identifier: str) -> pa.Table:
        """The claims of a valuation as lines, in the order of the package.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The store does not answer.
        """
        return self._lines(self.store, identifier)

    def open(self) -> None:
        """Serve the model of last time, or else what the registry names, once warm."""
        if not self.champion.recall():
            self.champion.refresh()
        self._look_for_store()
        if self.champion.is_serving:
            warm(self.champion.served())

    def refresh(self) -> None:
        """Follow the registry, and note what came of it."""
        self.follow()
        self.note_model()

    def follow(self) -> None:
        """Look for a new model, and for the store if it did not answer yet."""
        asked = self._store_ready and self._requests.met_another()
        self.champion.follow(anew=asked)
        self._look_for_store()

    def note_model(self) -> None:
        """Learn who decided on the model in service, and enter it in the audit log.

        That takes a second where the registry is slow, in which the next model may
        have come into service already.
        """
        self.champion.learn_decision()
        if self._store_ready and self.champion.is_serving:
            self._note_model()

    def reload(self) -> None:
        """Look for a new model at once, and try again what was refused.

        Other processes find the request in the audit log.

        Raises:
            StoreError: The store does not answer; nothing was looked for.
        """
        self.note("model.reload_asked", self.settings.model_name)
        self._requests.met_another()
        self.champion.refresh(anew=True)
        if self.champion.is_serving:
            self._note_model()

    def _look_for_store(self) -> None:
        if not self._store_ready:
            try:
                self.open_store()
            except StoreError as error:
                self._unready.met(error)

    def open_store(self) -> None:
        """Create or upgrade the store.

        Raises:
            StoreError: It does not answer.
        """
        self.store.upgrade()
        self._store_ready = True

    def check_store(self) -> None:
        """Ask the store for something, once its tables are there.

        Raises:
            StoreError: It does not answer.
        """
        if not self._store_ready:
            self.open_store()
        self.store.check()

    def note(
        self, action: Action, subject: str = "", facts: Mapping[str, Fact] | None = None
    ) -> None:
        """Enter in the audit log what changes nothing else: an export for example.

        Args:
            action: What is done.
            subject: Identifier of what it is done to.
            facts: Those that the catalogue of acts names for it.

        Raises:
            StoreError: The store does not answer; whatever it was must not be done.
        """
        with self.store.session() as session:
            Audit.append(session, self.store.who, action, subject, facts)

    def note_export(
        self, action: Action, subject: str, content: bytes, **facts: Fact
    ) -> None:
        """Enter that somebody is given a file, by its hash; before it is given.

        Raises:
            StoreError: The store does not answer; the file must not be given.
        """
        facts["content_sha256"] = sha256(content).hexdigest()
        self.note(action, subject, facts)

    def _note_model(self) -> None:
        served = self.champion.served()
        if served.model.sha256 == self._noted_model:
            return
        try:
            named = InService(served.name, served.version, served.model.sha256)
            note_model(self.store.session_of_all, named, self._decisions)
        except StoreError as error:
            log.warning("%s", error)
        else:
            self._noted_model = served.model.sha256
            self._trim_cache()

    def _trim_cache(self) -> None:
        """Let models go that nobody needs; a store that does not answer needs all."""
        most = self.settings.model_cache_entries
        try:
            gone = self.champion.cache.trim(most, lambda: recorded_models(self.store))
        except (StoreError, OSError) as error:
            log.warning("no cached model is removed: %s", error)
        else:
            if gone:
                log.info("models removed from the cache: %s", ", ".join(gone))

    def _decisions(self) -> list[DecisionFacts]:
        if self.champion.trouble is not None:
            return []
        try:
            return RegisteredModels(self.settings).decisions()
        except ModelUnavailableError as error:
            log.warning("decisions on the model cannot be read: %s", error)
            return []

    def close(self) -> None:
        """Sign the audit log as it stands, and let go of the store."""
        if self._store_ready:
            self.signing.keep_up()
        self.store.close()

    def document(self, order: Order, report: Report = nobody) -> Document:
        """The answer to an order, not recorded.

        Args:
            order: What to value.
            report: Told of each stage as it begins.

        Raises:
            ModelUnavailableError: There is no model.
            ClaimsError: The claims add up to more than any package can.
        """
        return score(
            order.submission, order.assumptions, self.champion.served(), report
        )

    def prices(self, body: bytes) -> bytes:
        """The answer to a request for prices, not recorded.

        Raises:
            InputError: The request is wrong; the findings say where.
            ModelUnavailableError: There is no model.
            ConfigError: It has to be read with the keys, which cannot be read.
        """
        most = self.settings.largest_claims
        order = prices_of_request(body, most, lambda: self.pseudonyms)
        answer = encode(price_document(order, self.champion.served()))
        claims_priced(len(order.claim_ids))
        note(claims=len(order.claim_ids))
        return answer

    def value(
        self,
        order: Order,
        door: Door,
        also: Callable[[Session, str], None] | None = None,
        report: Report = nobody,
    ) -> StoredDocument:
        """The answer to an order, on record.

        Args:
            order: What to value.
            door: How it was handed in.
            also: Records more in the transaction of the valuation of this identifier.
            report: Told of each stage as it begins.

        Raises:
            ModelUnavailableError: There is no model.
            ClaimsError: The claims add up to more than any package can.
            StoreError: The store does not answer; nothing was recorded.
        """
        self.store.expect_answer()
        document = self.document(order, report)
        report("recording")
        stored = self.store.add(order.submission, document, door, also=also)
        claims = len(order.submission.package)
        valuation_recorded(door, claims)
        note(valuation=stored.id, claims=claims)
        return stored

    def record(self, identifier: str) -> Record:
        """A valuation on record.

        Args:
            identifier: Of the valuation, or of its package: then the latest is meant.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The store does not answer.
        """
        row = self.store.row(identifier) if is_id(identifier) else None
        return self._record(row or self.store.latest(identifier))

    def record_of(self, identifier: str) -> Record:
        """The valuation of this very identifier; that of a package will not do.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The store does not answer.
        """
        row = self.store.row(identifier) if is_id(identifier) else None
        if row is None:
            raise unknown_valuation(identifier)
        return self._record(row)

    def _record(self, row: Valuation) -> Record:
        return Record(row, self.store, partial(self._recomputed, self.store))

    def _recompute(self, store: Store, identifier: str) -> Recomputed:
        row, submission = store.original(identifier)
        if row.parent_id is not None:
            chain = Chain.of_notes(submission.notes)
            root = self._recomputed(store, chain.root_id)
            return Recomputed(chain.valuation(root.valuation), root.served)
        served = self.model_of(row)
        assumptions = Assumptions.of(row.assumptions)
        valuation = value_package(served.model, submission.package, assumptions)
        return Recomputed(valuation, served)

    def model_of(self, row: Valuation) -> ServedModel:
        """The model that priced a valuation.

        Raises:
            NotFoundError: It is not in the cache.
            ModelDamagedError: Its files are not what they were.
        """
        return self.champion.priced_by(
            row.model_name, row.model_version, row.model_sha256
        )

    def replay(self, identifier: str) -> Replay:
        """A valuation computed again from its input, assumptions and model.

        Raises:
            NotFoundError: There is no such valuation, or its model is not in the cache.
            StoreError: The store does not answer.
        """
        row, submission = self.store.original(identifier)
        again = encode(self._again(row, submission))
        stored = self.store.document(row.id)
        replay = Replay.of(row.document_sha256, stored, again)
        facts: dict[str, Fact] = {
            "identical": replay.identical,
            "sha256": replay.recomputed_sha256,
        }
        self.note("valuation.replayed", row.id, facts)
        return replay

    def _again(self, row: Valuation, submission: Submission) -> Document:
        served = self.model_of(row)
        if row.parent_id is None:
            return score(submission, Assumptions.of(row.assumptions), served)
        chain = Chain.of_notes(submission.notes)
        root = self._recomputed(self.store, chain.root_id).valuation
        return revaluation_document(chain, chain.last(root), submission.notes, served)
