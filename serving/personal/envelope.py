"""Envelopes: what is kept is sealed with a key of its own, and that key with another.

AES-256-GCM with a random nonce of 96 bits in front. What a sealed text belongs to is
bound to it: put in another place it opens no more.
"""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from features.errors import StoreError
from features.personal.keys import KEY_BYTES, Keys, fingerprint

_NONCE_BYTES = 12


@dataclass(frozen=True)
class DataKey:
    """The key of one package.

    Attributes:
        key: 32 bytes.
        binding: The tenant and the package that it belongs to.
    """

    key: bytes = field(repr=False)
    binding: str

    @classmethod
    def new(cls, tenant: str, subject: str) -> "DataKey":
        """A key for a package of a tenant."""
        return cls(secrets.token_bytes(KEY_BYTES), _bound(tenant, subject))

    @classmethod
    def opened(
        cls, wrapped: bytes, by: str, keys: Keys, tenant: str, subject: str
    ) -> "DataKey":
        """The key of a package again.

        Raises:
            StoreError: The key that wraps it is gone, or does not open it.
        """
        binding = _bound(tenant, subject)
        wrapping = keys.wrapping.get(by)
        if wrapping is None:
            raise _locked(f"the key {by} is not among those of this installation")
        return cls(_opened(wrapping, wrapped, binding), binding)

    def wrapped(self, keys: Keys) -> bytes:
        """The key as the store may keep it, under the present key."""
        return _sealed(keys.wrapping[keys.present], self.key, self.binding)

    def sealed(self, content: bytes, row: str) -> bytes:
        """Content that opens in this row only."""
        return _sealed(self.key, content, f"{self.binding}/{row}")

    def open(self, sealed: bytes, row: str) -> bytes:
        """The content of a row.

        Raises:
            StoreError: It was changed, or belongs elsewhere.
        """
        return _opened(self.key, sealed, f"{self.binding}/{row}")

    @property
    def fingerprint(self) -> str:
        """What may be shown of it."""
        return fingerprint(self.key)


def _bound(tenant: str, subject: str) -> str:
    return f"{tenant}/{subject}"


def _sealed(key: bytes, content: bytes, binding: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, binding.encode())


def _opened(key: bytes, sealed: bytes, binding: str) -> bytes:
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, content, binding.encode())
    except (InvalidTag, ValueError):
        raise _locked("it was changed, or sealed elsewhere") from None


def _locked(why: str) -> StoreError:
    return StoreError(
        f"personal data on record cannot be opened: {why}",
        zh="已存个人信息无法解密：密钥缺失或数据已被改动",
    )
