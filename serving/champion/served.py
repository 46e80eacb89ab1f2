"""A model in service, and what says that it is the right one."""

from dataclasses import dataclass
from datetime import UTC, datetime

from models.recovery.model import RecoveryModel
from serving.model_facts import DecisionFacts


@dataclass(frozen=True)
class ServedModel:
    """A model and the name it is registered under.

    Attributes:
        name: Name of the registered model.
        version: Its version.
        model: The model.
    """

    name: str
    version: str
    model: RecoveryModel


@dataclass(frozen=True)
class Pinned:
    """A registered version and the hashes that it was registered with.

    Attributes:
        version: The version.
        model_sha256: Identity of its model; empty where it was not noted.
        files_sha256: Hash over all of its files; empty where it was not noted.
    """

    version: str
    model_sha256: str
    files_sha256: str

    @property
    def is_pinned(self) -> bool:
        """Whether the version says what its files must be."""
        return bool(self.model_sha256 and self.files_sha256)


@dataclass(frozen=True)
class Standing:
    """The model in service and how it came there; replaced as a whole.

    Attributes:
        served: The model.
        pinned: The version as the registry named it.
        since: When this process took it into service.
        decision: By whom it was promoted and why; None where the registry's log does
            not tell.
    """

    served: ServedModel
    pinned: Pinned
    since: datetime
    decision: DecisionFacts | None = None

    def sentence(self) -> str:
        """What serves, since when and by whose decision, on a line."""
        served = self.served
        told = (
            f"{served.name} version {served.version} ({served.model.sha256[:12]}), "
            f"in service since {self.since:%Y-%m-%d %H:%M:%S} UTC"
        )
        return told if self.decision is None else f"{told}, by {self.decision.by}"


@dataclass(frozen=True)
class Refusal:
    """A version that was not taken into service.

    Attributes:
        pinned: The version.
        at: When it was last refused.
        reason: Why, and what to do about it.
        reason_zh: The same in Chinese.
    """

    pinned: Pinned
    at: datetime
    reason: str
    reason_zh: str

    @classmethod
    def now(cls, pinned: Pinned, reason: str, reason_zh: str) -> "Refusal":
        """A refusal of this moment."""
        return cls(pinned, datetime.now(UTC), reason, reason_zh)
