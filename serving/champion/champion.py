"""Which model is in service: the one that the registry names, once it is fit.

Only the text of the trees and JSON are ever read. Opening the logged pyfunc would run
whatever code its artefact holds.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from features.errors import (
    ModelDamagedError,
    ModelUnavailableError,
    NotFoundError,
    RecoupError,
)
from serving.champion.cache import ModelCache
from serving.champion.intake import Intake
from serving.champion.registry import Registry
from serving.champion.served import Pinned, Refusal, ServedModel, Standing
from serving.champion.watch import Watch
from serving.model_facts import DecisionFacts
from serving.observing.metrics import MODEL_PROCESSES, MODEL_SWAPPED, MODELS_REFUSED
from serving.observing.trouble import Trouble
from serving.settings import Settings

# A version that was refused is tried again after so long, should it have been mended.
RETRIED_AFTER = timedelta(minutes=5)
Refused = Callable[[Refusal], None]
Warm = Callable[[ServedModel], object]

log = logging.getLogger(__name__)


def nothing(_: object) -> None:
    """Do nothing."""


class Champion:
    """The model in service; a new version replaces it between two requests."""

    def __init__(
        self,
        settings: Settings,
        warm: Warm = nothing,
        refused: Refused = nothing,
    ) -> None:
        """Remember where to look; nothing is opened yet.

        Args:
            settings: Of the installation.
            warm: Uses a model once before it serves; what it raises is a refusal.
            refused: Told of each version that is not taken into service.
        """
        self._settings = settings
        self._warm, self._on_refusal = warm, refused
        self._standing: Standing | None = None
        # What serves before anybody asked who decided so.
        self._undecided: Standing | None = None
        self._refused: Refusal | None = None
        unasked = "the registry was not asked yet"
        self._trouble = Trouble(log, "no new model is put in service", unasked)
        self._lost = Trouble(log, "the cache gave no model")
        self._refreshing = threading.Lock()
        self._registry = Registry(settings.tracking_uri)
        self._watch = Watch(settings.tracking_uri)
        self.cache = ModelCache(settings.model_cache)
        self._intake = Intake(self._registry, self.cache, settings.model_name)

    @property
    def is_serving(self) -> bool:
        """Whether there is a model in service."""
        return self._standing is not None

    @property
    def refused(self) -> Refusal | None:
        """The version refused last, if none was taken since."""
        return self._refused

    @property
    def trouble(self) -> str | None:
        """Why the registry cannot be followed; None where it can."""
        return self._trouble.told

    def served(self) -> ServedModel:
        """The model in service; a request asks once and keeps to it.

        Raises:
            ModelUnavailableError: There is none yet.
        """
        return self.standing().served

    def other_than(self, sha256: str) -> ServedModel | None:
        """The model in service, where it is another than the one of a hash."""
        if not self.is_serving:
            return None
        served = self.served()
        return None if served.model.sha256 == sha256 else served

    def standing(self) -> Standing:
        """The model in service and how it came there.

        Raises:
            ModelUnavailableError: There is none yet.
        """
        standing = self._standing
        if standing is None:
            raise ModelUnavailableError(
                f"no model {self._address} of {self._settings.tracking_uri} is in "
                f"service: {self._why}; mend that, or train one with: make train",
                zh=f"没有可用的模型：{self._settings.tracking_uri}的{self._address}"
                f"未投入服务（{self._why_zh}）；请排除该问题，或以 make train 训练模型",
            )
        return standing

    def sentence(self) -> str:
        """What serves, and what was refused in its stead, on a line.

        Raises:
            ModelUnavailableError: Nothing does.
        """
        told = self.standing().sentence()
        return told if self._refused is None else f"{told}; {self._refused.reason}"

    def priced_by(self, name: str, version: str, sha256: str) -> ServedModel:
        """The very model that priced something, whatever serves now.

        What the cache has lost is taken in from the registry again.

        Raises:
            NotFoundError: It is neither in the cache nor to be had.
            ModelDamagedError: Its files are not what they were, and not to be had.
        """
        try:
            return self.cache.open(name, version, sha256)
        except (NotFoundError, ModelDamagedError) as lost:
            try:
                return self._again(name, version, sha256)
            except (RecoupError, OSError) as error:
                log.warning("model %s is not to be had again: %s", sha256[:12], error)
                raise lost from None

    def _again(self, name: str, version: str, sha256: str) -> ServedModel:
        pinned = self._registry.pinned_version(name, version)
        if pinned.model_sha256 != sha256 or name != self._settings.model_name:
            raise ModelDamagedError("the registry holds another model there")
        return self._intake.take(pinned)

    def recall(self) -> bool:
        """Serve what was served last, if the cache can tell; whether it could.

        A start need not wait for the registry, which is asked as soon as it serves.
        """
        with self._refreshing:
            self._fall_back()
        return self._standing is not None

    def refresh(self, *, anew: bool = False) -> None:
        """Follow the registry, and learn who decided on the model that serves then.

        Args:
            anew: As ``follow`` has it.
        """
        self.follow(anew=anew)
        self.learn_decision()

    def follow(self, *, anew: bool = False) -> None:
        """Serve what the registry names now, or keep what served before.

        A registry that does not answer, a version that is refused and a cache that
        cannot be written leave the present model in service; at the start that is the
        one of last time, if the cache can be read.

        Args:
            anew: Ask even if nothing seems to have changed, and try a version again
                that was refused.
        """
        with self._refreshing:
            if anew or self._watch.is_due():
                self._look(anew=anew)
            self._fall_back()

    def learn_decision(self) -> None:
        """Ask by whom the model in service was promoted; it serves meanwhile.

        A log of decisions may take a second to read, and nobody waits so long for a
        roll-back.
        """
        standing = self._undecided
        if standing is None:
            return
        decided = replace(standing, decision=self._decision(standing.pinned.version))
        with self._refreshing:
            if self._standing is standing:
                self._standing, self._undecided = decided, None
                self._keep(decided)

    def _keep(self, decided: Standing) -> None:
        try:
            self.cache.remember(self._settings.model_alias, decided)
        except OSError as error:
            log.warning("the cache keeps no decision on the model: %s", error)

    @property
    def _address(self) -> str:
        return f"models:/{self._settings.model_name}@{self._settings.model_alias}"

    @property
    def _why(self) -> str:
        """What keeps the registry's model from serving, and that of last time."""
        refused = self._refused
        why = (refused.reason if refused else self._trouble.told, self._lost.told)
        return "; ".join(filter(None, why))

    @property
    def _why_zh(self) -> str:
        """The same, a refusal in Chinese."""
        refused = self._refused
        why = (refused.reason_zh if refused else self._trouble.told, self._lost.told)
        return "；".join(filter(None, why))

    def _look(self, *, anew: bool) -> None:
        settings = self._settings
        try:
            pinned = self._registry.pinned(settings.model_name, settings.model_alias)
            if self._is_news(pinned, anew=anew):
                self._take(pinned)
        except (ModelUnavailableError, OSError) as error:
            self._watch.failed()
            MODELS_REFUSED.labels(_kind(error)).inc()
            self._trouble.met(error)
        else:
            self._watch.answered()
            self._trouble.over()

    def _is_news(self, pinned: Pinned, *, anew: bool) -> bool:
        if self._standing is not None and self._standing.pinned == pinned:
            self._refused = None
            return False
        refused = self._refused
        if anew or refused is None or refused.pinned != pinned:
            return True
        return datetime.now(UTC) - refused.at > RETRIED_AFTER

    def _take(self, pinned: Pinned) -> None:
        try:
            served = self._intake.take(pinned)
            self._try_out(served)
        except ModelDamagedError as error:
            self._refuse(pinned, error)
            return
        self._swap(Standing(served, pinned, datetime.now(UTC)))

    def _refuse(self, pinned: Pinned, error: ModelDamagedError) -> None:
        told = f"version {pinned.version} is refused: {error}"
        told_zh = f"第{pinned.version}版被拒绝：{error.zh}"
        log.warning("%s", told)
        MODELS_REFUSED.labels(_kind(error)).inc()
        self._refused = Refusal.now(pinned, told, told_zh)
        self._on_refusal(self._refused)

    def _try_out(self, served: ServedModel) -> None:
        try:
            self._warm(served)
        except Exception as error:
            raise ModelDamagedError(f"it prices nothing: {error}") from error

    def _decision(self, version: str) -> DecisionFacts | None:
        try:
            return self._registry.decision(version)
        except ModelUnavailableError:
            return None

    def _swap(self, standing: Standing) -> None:
        self._put_in_service(standing)
        self._undecided = standing
        self._refused = None
        log.info("serving %s", standing.sentence())
        self.cache.remember(self._settings.model_alias, standing)

    def _fall_back(self) -> None:
        """Serve what was served last where nothing serves yet."""
        if self._standing is not None:
            return
        try:
            remembered = self._from_cache()
        except (RecoupError, OSError) as error:
            self._lost.met(error)
            return
        self._lost.over()
        if remembered is not None:
            self._put_in_service(remembered)

    def _put_in_service(self, standing: Standing) -> None:
        before = self._standing
        self._standing = standing
        if before is not None:
            _count(before, 0)
        _count(standing, 1)
        MODEL_SWAPPED.set_to_current_time()

    def _from_cache(self) -> Standing | None:
        name, alias = self._settings.model_name, self._settings.model_alias
        note = self.cache.remembered(name, alias)
        if note is None:
            return None
        served = self.cache.open(name, note.version, note.sha256)
        return Standing(served, note.pinned, datetime.now(UTC), note.decision)


def _count(standing: Standing, processes: int) -> None:
    served = standing.served
    MODEL_PROCESSES.labels(served.version, served.model.sha256).set(processes)


def _kind(error: Exception) -> str:
    return error.kind if isinstance(error, RecoupError) else "files"
