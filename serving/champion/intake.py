"""How a registered version becomes a model in memory: pinned, fetched, tried, kept."""

import logging
from collections.abc import Callable
from pathlib import Path

from features.errors import ModelDamagedError, ModelUnavailableError
from models.recovery.artefact import files_sha256
from serving.champion.cache import ModelCache
from serving.champion.registry import Registry
from serving.champion.served import Pinned, ServedModel
from serving.champion.trial import tried

Trial = Callable[[Path], str]

log = logging.getLogger(__name__)


class Intake:
    """Takes versions of one registered model in."""

    def __init__(
        self, registry: Registry, cache: ModelCache, name: str, trial: Trial = tried
    ) -> None:
        """Name where versions come from and where they are kept.

        Args:
            registry: The registry.
            cache: The cache.
            name: Name of the registered model.
            trial: Opens a model for the first time, where no harm is done.
        """
        self._registry, self._cache, self._name = registry, cache, name
        self._trial = trial

    def take(self, pinned: Pinned) -> ServedModel:
        """The model of a version, opened.

        One that is in the cache as it was registered was tried before. Any other is
        fetched, compared with its pin before anything in it is read, and tried.

        Raises:
            ModelUnavailableError: The registry does not give the files.
            ModelDamagedError: The version has no pin, its files are not those that
                were registered, or its trial did not end well.
            OSError: The cache cannot be written.
        """
        _check_pinned(pinned)
        held = self._held(pinned)
        if held is not None:
            return held
        with self._cache.alone():
            # Another process may have taken it in while this one waited.
            held = self._held(pinned)
            return held or self._fetched(pinned)

    def _held(self, pinned: Pinned) -> ServedModel | None:
        try:
            return self._cache.holding(self._name, pinned)
        except (ModelDamagedError, ModelUnavailableError) as error:
            log.warning("a cached model is fetched again: %s", error)
            self._cache.discard(pinned.model_sha256)
            return None

    def _fetched(self, pinned: Pinned) -> ServedModel:
        with self._cache.partial() as folder:
            files = self._registry.download(self._name, pinned.version, folder)
            if files_sha256(files) != pinned.files_sha256:
                raise ModelDamagedError(
                    "its files are not those that were registered; mend the artefact "
                    "store, or register the model again",
                    zh="其文件与登记时不一致；请修复制品库，或重新登记模型",
                )
            if self._trial(files) != pinned.model_sha256:
                raise ModelDamagedError(
                    "its model is not the one that was registered; register it again",
                    zh="其模型与登记时不一致；请重新登记",
                )
            self._cache.place(files, pinned.model_sha256)
        return self._cache.open(self._name, pinned.version, pinned.model_sha256)


def _check_pinned(pinned: Pinned) -> None:
    if not pinned.is_pinned:
        raise ModelDamagedError(
            "it was registered without the hash of its files; check it and pin it by: "
            f"python -m training pin {pinned.version}",
            zh="登记时没有记录文件哈希；请检查后执行："
            f"python -m training pin {pinned.version}",
        )
