"""Keys of an installation: one that gives persons their signs, others that wrap keys.

They stand in the environment or in a file that nobody else may read, never in the
database: words of the form ``name:base64``, each of 32 bytes. The key called
``pseudonyms`` stays for ever, for a person keeps a sign. Of the others the last one is
used, and every one can open what it once closed.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from features.errors import ConfigError
from features.personal.pseudonyms import Pseudonyms

DEFAULT_FILE = Path("var/personal.keys")
VARIABLE, FILE_VARIABLE = "RECOUP_PERSONAL_KEYS", "RECOUP_PERSONAL_KEY_FILE"
SIGNS = "pseudonyms"
KEY_BYTES = 32
_SHOWN = 16


@dataclass(frozen=True)
class Keys:
    """Keys of an installation.

    Attributes:
        signs: The key behind pseudonyms.
        wrapping: Keys that wrap the keys of packages, by name, the present one last.
    """

    signs: bytes = field(repr=False)
    wrapping: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, text: str, place: str) -> "Keys":
        """The keys in a text of words.

        Args:
            text: The words.
            place: Where they stand, for messages.

        Raises:
            ConfigError: A word is no key, or there is none.
        """
        named = dict(_named(word, place) for word in text.replace(",", " ").split())
        signs = named.pop(SIGNS, None)
        if signs is None or not named:
            raise ConfigError(
                f"{place} must hold a key called {SIGNS} and one more, each as "
                f"name:base64; `python -m serving personal keys` makes them",
                zh=f"{place}须含名为{SIGNS}的密钥及至少一个其他密钥，"
                f"格式为 名称:base64；"
                f"可用 `python -m serving personal keys` 生成",
            )
        return cls(signs, named)

    @classmethod
    def made(cls) -> "Keys":
        """New keys."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d}-{secrets.token_hex(3)}"
        wrapping = {name: secrets.token_bytes(KEY_BYTES)}
        return cls(secrets.token_bytes(KEY_BYTES), wrapping)

    @property
    def present(self) -> str:
        """Name of the key that wraps from now on."""
        return list(self.wrapping)[-1]

    def with_new(self) -> "Keys":
        """The same with one more, which wraps from now on."""
        return Keys(self.signs, {**self.wrapping, **Keys.made().wrapping})

    def only_present(self) -> "Keys":
        """The same without those that wrapped before."""
        return Keys(self.signs, {self.present: self.wrapping[self.present]})

    def text(self) -> str:
        """The same as words, one a line."""
        words = {SIGNS: self.signs, **self.wrapping}
        coded = {n: base64.b64encode(key).decode() for n, key in words.items()}
        return "".join(f"{name}:{key}\n" for name, key in coded.items())

    def pseudonyms(self, tenant: str) -> Pseudonyms:
        """The signs that persons have with a tenant."""
        purpose = f"recoup pseudonyms {tenant}".encode()
        return Pseudonyms(HKDF(SHA256(), KEY_BYTES, None, purpose).derive(self.signs))


def fingerprint(key: bytes) -> str:
    """What may be shown of a key."""
    return sha256(key).hexdigest()[:_SHOWN]


def _named(word: str, place: str) -> tuple[str, bytes]:
    name, _, coded = word.partition(":")
    key = b""
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(coded, validate=True)
    if not name or len(key) != KEY_BYTES:
        raise ConfigError(
            f"{place} holds a word that is no key of {KEY_BYTES} bytes as name:base64",
            zh=f"{place}含有无效密钥；每个密钥须为{KEY_BYTES}字节，格式为 名称:base64",
        )
    return name, key


@dataclass(frozen=True)
class KeyPlace:
    """Where the keys of an installation stand.

    Attributes:
        file: The file; it is made with new keys where there is none.
        words: The keys themselves, which no file is asked for then.
    """

    file: Path = DEFAULT_FILE
    words: str | None = field(default=None, repr=False)

    @classmethod
    def of_environment(cls) -> "KeyPlace":
        """Where the environment says that they stand."""
        file = Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
        return cls(file, os.environ.get(VARIABLE) or None)

    def keys(self) -> Keys:
        """The keys as they stand there now.

        Raises:
            ConfigError: They are damaged, or the file cannot be read or written.
        """
        if self.words is not None:
            return Keys.of(self.words, VARIABLE)
        try:
            if not self.file.exists():
                _create(self.file)
            return _read(self.file, self.file.stat().st_mtime_ns)
        except OSError as error:
            raise ConfigError(
                f"{self.file} cannot be used: {error.strerror}",
                zh=f"{self.file}无法使用：{error.strerror}",
            ) from None

    def replace(self, keys: Keys) -> None:
        """Put keys in place of those in the file, whole or not at all.

        Raises:
            ConfigError: The keys do not stand in a file.
        """
        if self.words is not None:
            raise ConfigError(
                f"the keys stand in {VARIABLE}: change them there, then rotate",
                zh=f"密钥由{VARIABLE}提供：请在该处修改后再轮换",
            )
        partial = _partial(self.file)
        _write(partial, keys)
        partial.replace(self.file)


@lru_cache(maxsize=4)
def _read(file: Path, changed_at: int) -> Keys:
    """The keys in a file as it was changed last."""
    del changed_at
    try:
        return Keys.of(file.read_text("ascii"), str(file))
    except UnicodeDecodeError:
        reason, zh = f"{file} is no file of keys", f"{file}不是密钥文件"
        raise ConfigError(reason, zh=zh) from None


def _create(file: Path) -> None:
    """Put new keys into a file, unless another process is sooner."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(file)
    _write(partial, Keys.made())
    with suppress(FileExistsError):
        os.link(partial, file)
    partial.unlink()


def _partial(file: Path) -> Path:
    return file.with_name(f"{file.name}.{secrets.token_hex(4)}")


def _write(file: Path, keys: Keys) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="ascii") as written:
        written.write(keys.text())
        written.flush()
        os.fsync(written.fileno())
