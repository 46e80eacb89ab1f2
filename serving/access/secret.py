"""Secrets that are shown once: the store keeps nothing but their hashes."""

import secrets
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest, new

SECRET_BYTES = 32


def new_secret() -> str:
    """32 random bytes as 43 characters that addresses and headers may hold."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """What the store keeps of a secret: as random as it is, SHA-256 needs no salt."""
    return sha256(secret.encode()).hexdigest()


def is_secret(secret: str, kept: str) -> bool:
    """Whether a secret is the one whose hash is kept; takes as long for any secret."""
    return is_same(hashed(secret), kept)


def is_same(one: str, other: str) -> bool:
    """Whether two texts are equal, compared in constant time."""
    return compare_digest(one.encode(), other.encode("utf-8", "replace"))


def derived(secret: str, purpose: str) -> str:
    """A secret for one purpose, from which the first cannot be recovered."""
    return new(secret.encode(), purpose.encode(), sha256).hexdigest()


def is_past(moment: datetime | None, now: datetime) -> bool:
    """Whether a moment was set and has come."""
    return moment is not None and moment <= now
