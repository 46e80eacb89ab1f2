"""What the registry says of every version of the model, asked within a bounded time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError

from features.errors import ModelUnavailableError
from serving.champion.registry import Registry
from serving.model_facts import ModelFacts
from serving.settings import Settings

CARD = "card/model-card.json"
MOST_VERSIONS = 50
# A registry that does not answer costs its client four seconds; one that answers each
# question slowly is left alone after this long.
PATIENCE_SECONDS = 8.0
Told = TypeVar("Told")


@dataclass(frozen=True)
class RegisteredVersion:
    """A version as the registry lists it.

    Attributes:
        version: Its number.
        run_id: MLflow run that logged it.
        registered_at: When.
        aliases: Names that point to it, such as ``champion``.
        tags: What its run says of data and model.
        metrics: Figures of its run.
    """

    version: str
    run_id: str
    registered_at: datetime
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]


class RegisteredModels(Registry):
    """The registered versions of the model of an installation."""

    def __init__(self, settings: Settings) -> None:
        """Name the registry; nothing is asked yet."""
        super().__init__(settings.tracking_uri)
        self._name = settings.model_name
        self._ends = monotonic() + PATIENCE_SECONDS

    def versions(self) -> list[RegisteredVersion]:
        """Every version, the latest first, at most MOST_VERSIONS.

        Raises:
            ModelUnavailableError: The registry does not answer, or too slowly.
        """
        self._check_present()
        client = self._client()
        wanted = f"name = '{self._name}'"
        order = ["version_number DESC"]
        found = self._asked(
            lambda: client.search_model_versions(wanted, MOST_VERSIONS, order)
        )
        named = self._asked(lambda: client.get_registered_model(self._name)).aliases
        return [self._version(client, version, named) for version in found]

    def _version(
        self, client: Any, version: Any, aliases: Mapping[str, Any]
    ) -> RegisteredVersion:
        run = self._asked(lambda: client.get_run(version.run_id)).data
        return RegisteredVersion(
            str(version.version),
            version.run_id,
            datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
            tuple(a for a, v in aliases.items() if str(v) == str(version.version)),
            run.tags,
            run.metrics,
        )

    def facts(self, run_id: str) -> ModelFacts | None:
        """The card of the version that a run logged; None where it has none.

        Raises:
            ModelUnavailableError: The registry answers too slowly.
        """
        try:
            return self._asked(lambda: _facts(self._tracking_uri, run_id))
        except (ModelUnavailableError, ValidationError):
            return None

    def _asked(self, question: Callable[[], Told]) -> Told:
        if monotonic() > self._ends:
            raise ModelUnavailableError("the registry answers too slowly")
        return super()._asked(question)


def page_of_registry(tracking_uri: str, path: str) -> str | None:
    """Where a browser finds a page of the registry; None where it has no server.

    What the address holds of a name and a password is left out.
    """
    parts = urlsplit(tracking_uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    root = parts.path.rstrip("/")
    return urlunsplit((parts.scheme, host, f"{root}/", "", path))


@lru_cache(maxsize=MOST_VERSIONS)
def _facts(tracking_uri: str, run_id: str) -> ModelFacts:
    """The card of a run; it is written once."""
    from mlflow.artifacts import download_artifacts

    with TemporaryDirectory() as folder:
        file = download_artifacts(
            run_id=run_id,
            artifact_path=CARD,
            dst_path=folder,
            tracking_uri=tracking_uri,
        )
        return ModelFacts.model_validate_json(Path(file).read_bytes())
