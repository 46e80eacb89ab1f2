"""How each thing that valuations need is doing, and what that means for the service.

Without a model or a store nothing can be valued, so the service is not ready and no
requests should be sent to it. What else is wrong is told and serves on: a service that
took itself out of use for want of a registry would be down whenever that is.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import make_url

from features.errors import RecoupError
from serving.audit.keys import Keys
from serving.book.address import place, scheme
from serving.desk import Desk
from serving.observing.waiting import longest_wait_seconds

# Below this the next model or the journal of the next valuation may not fit.
LEAST_FREE_BYTES = 512 * 2**20
# A batch that nobody has begun after so long has no worker.
LONGEST_WAIT_SECONDS = 900


@dataclass(frozen=True)
class Condition:
    """How a thing is doing.

    Attributes:
        ready: Whether it does its work.
        detail: In which way, or what is wrong.
    """

    ready: bool
    detail: str


def needed(desk: Desk) -> dict[str, Condition]:
    """How the things are doing without which nothing can be valued."""
    return {name: _asked(desk, ask) for name, ask in NEEDED.items()}


def watched(desk: Desk) -> dict[str, Condition]:
    """How the things are doing that the service goes on without."""
    return {name: _asked(desk, ask) for name, ask in WATCHED.items()}


def _asked(desk: Desk, ask: "Ask") -> Condition:
    try:
        return ask(desk)
    except (RecoupError, OSError) as error:
        return Condition(False, str(error))


def places(desk: Desk) -> Iterator[tuple[str, Path]]:
    """Folders of this machine that the service writes to, by name."""
    yield "models", desk.settings.model_cache
    url = make_url(desk.settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        yield "store", Path(url.database).parent
    if scheme(desk.settings.batches) == "file":
        # Batches wait for room without an end, and are not waiting for a worker.
        yield "batches", Path(place(desk.settings.batches).path)


def free_bytes(folder: Path) -> int:
    """Room left where a folder stands, or will stand."""
    there = next(
        p for p in (folder.absolute(), *folder.absolute().parents) if p.exists()
    )
    return shutil.disk_usage(there).free


def _model(desk: Desk) -> Condition:
    return Condition(True, desk.champion.sentence())


def _store(desk: Desk) -> Condition:
    desk.check_store()
    return Condition(True, "answers")


def _registry(desk: Desk) -> Condition:
    trouble = desk.champion.trouble
    return Condition(trouble is None, trouble or "answers")


def _disk(desk: Desk) -> Condition:
    left = {name: free_bytes(folder) for name, folder in places(desk)}
    detail = ", ".join(f"{name} {room / 2**30:.1f} GiB" for name, room in left.items())
    return Condition(min(left.values()) >= LEAST_FREE_BYTES, f"free: {detail}")


def _audit(desk: Desk) -> Condition:
    key = Keys(desk.settings).signing().public
    if desk.signing.trouble is not None:
        return Condition(False, desk.signing.trouble)
    return Condition(True, f"signed with key {key.id}")


def _batches(desk: Desk) -> Condition:
    waited = longest_wait_seconds(desk)
    return Condition(
        waited < LONGEST_WAIT_SECONDS, f"the oldest has waited {waited:.0f} s"
    )


Ask = Callable[[Desk], Condition]
NEEDED: Mapping[str, Ask] = MappingProxyType({"model": _model, "store": _store})
WATCHED: Mapping[str, Ask] = MappingProxyType(
    {"registry": _registry, "disk": _disk, "audit": _audit, "batches": _batches}
)
