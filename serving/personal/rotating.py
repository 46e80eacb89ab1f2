"""Keys of packages under a new key of the installation."""

from dataclasses import dataclass

from sqlalchemy import func, select

from features.errors import ConfigError
from features.personal.keys import Keys
from serving.audit.log import LONGEST_FACT, Audit, Fact
from serving.personal.tables import PersonalKey
from serving.personal.vault import Vault
from serving.storage.store import Store

_AT_ONCE = 500


@dataclass(frozen=True)
class Rotated:
    """What a rotation did.

    Attributes:
        key: Name of the key that wraps from now on.
        wrapped: Keys of packages that it wraps now and did not before.
        old: Names of the older keys that the installation still has.
    """

    key: str
    wrapped: int
    old: tuple[str, ...]


def rotate(store: Store, *, new: bool = False, forget: bool = False) -> Rotated:
    """Wrap the keys of all packages of all tenants with the present key.

    Args:
        store: Of the installation.
        new: Whether a new key is made first.
        forget: Whether older keys, which open nothing then, leave the file.

    Raises:
        ConfigError: The keys cannot be changed, or an older one is needed yet.
        StoreError: The store does not answer, or a key does not open.
    """
    place = store.key_place
    if new:
        place.replace(place.keys().with_new())
    keys = place.keys()
    wrapped = 0
    while some := _rewrap(store, keys):
        wrapped += some
    if forget:
        _check_unused(store, keys)
        place.replace(keys.only_present())
    old = () if forget else tuple(keys.wrapping)[:-1]
    return Rotated(keys.present, wrapped, old)


def _rewrap(store: Store, keys: Keys) -> int:
    """Wrap some keys anew, each in the name of its tenant; how many there were."""
    stale = select(PersonalKey).where(PersonalKey.wrapped_by != keys.present)
    with store.session_of_all() as session:
        rows = session.scalars(stale.limit(_AT_ONCE).with_for_update()).all()
        for row in rows:
            opened = Vault(row.tenant, keys).opened(row)
            row.wrapped, row.wrapped_by = opened.wrapped(keys), keys.present
        if rows:
            old = " ".join(keys.wrapping)[:LONGEST_FACT]
            facts: dict[str, Fact] = {"values": len(rows), "from_key": old}
            Audit.append(
                session, store.who, "personal.key_rotated", keys.present, facts
            )
        return len(rows)


def _check_unused(store: Store, keys: Keys) -> None:
    old = PersonalKey.wrapped_by != keys.present
    with store.session_of_all() as session:
        if session.scalar(select(func.count()).select_from(PersonalKey).where(old)):
            raise ConfigError(
                "an older key is needed yet; rotate again",
                zh="旧密钥仍在使用；请再次轮换",
            )
