"""Keys that sign heads of the log: one that signs, and the public ones of all time."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import make_url

from features.errors import ConfigError
from serving.files import settle
from serving.settings import Settings

_ID_DIGITS = 16
_PUBLIC_FOLDER = "public"


@dataclass(frozen=True)
class PublicKey:
    """A key that tells whether a signature is right.

    Attributes:
        hex: Its 32 bytes in hexadecimal digits.
    """

    hex: str

    @property
    def id(self) -> str:
        """What heads call it: the beginning of its SHA-256."""
        return sha256(bytes.fromhex(self.hex)).hexdigest()[:_ID_DIGITS]

    def has_signed(self, content: bytes, signature: str) -> bool:
        """Whether a signature, in hexadecimal digits, is that of some bytes."""
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.hex))
        try:
            key.verify(bytes.fromhex(signature), content)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """The key that signs."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Sign with an Ed25519 key."""
        self._key = key
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = PublicKey(raw.hex())

    def sign(self, content: bytes) -> str:
        """The signature of some bytes, in hexadecimal digits."""
        return self._key.sign(content).hex()


class Keys:
    """The keys of an installation, in its folder of the audit log."""

    def __init__(self, settings: Settings) -> None:
        """Remember where they are; nothing is read yet."""
        self.folder = settings.audit_folder or _usual_folder(settings.database_url)
        self._own = self.folder / "key.pem"
        self._file = settings.audit_key or self._own

    def signing(self) -> SigningKey:
        """The key that signs, made where there is none yet.

        Raises:
            ConfigError: It cannot be read, or others may read it.
        """
        if self._file == self._own and not self._own.exists():
            with writing(self.folder):
                self._make()
        return _read(self._file)

    def rotate(self) -> SigningKey:
        """Another key in place of the present one, whose public half is kept.

        Raises:
            ConfigError: The key is one that somebody else keeps.
        """
        if self._file != self._own:
            reason = f"the key is kept in {self._file}: put another one there"
            raise ConfigError(reason, zh=f"密钥保存在 {self._file}：请在该处更换")
        self.publish(self.signing().public)
        _written(self._own.with_suffix(".new")).replace(self._own)
        key = self.signing()
        self.publish(key.public)
        return key

    def public(self) -> dict[str, PublicKey]:
        """Every public key of this installation by its identifier.

        Raises:
            ConfigError: A file holds none.
        """
        files = sorted((self.folder / _PUBLIC_FOLDER).glob("*.hex"))
        return {file.stem: _read_public(file) for file in files}

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = _written(self._own.with_suffix(f".{os.getpid()}"))
        # Of two processes that start at the same time the first one's key stays.
        with suppress(FileExistsError):
            os.link(new, self._own)
        new.unlink()

    def publish(self, key: PublicKey) -> bool:
        """Keep a public key for all time; whether it is a new one.

        Raises:
            ConfigError: The folder cannot be written to.
        """
        file = self.folder / _PUBLIC_FOLDER / f"{key.id}.hex"
        with writing(self.folder):
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists() and not _holds(file, key):
                file.unlink()
            return not file.exists() and _put(file, f"{key.hex}\n")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a failed write into an error that names the folder.

    Raises:
        ConfigError: It cannot.
    """
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"the audit log cannot be signed: {folder} cannot be written to "
            f"({error.strerror}); entries are kept, and signed as soon as it can",
            zh=f"审计日志无法签名：{folder} 不可写（{error.strerror}）；"
            "条目均已保留，恢复可写后即予签名",
        ) from None


def _usual_folder(database_url: str) -> Path:
    url = make_url(database_url)
    in_file = url.get_backend_name() == "sqlite" and url.database
    return (Path(url.database or "").parent if in_file else Path("var")) / "audit"


def _written(path: Path) -> Path:
    """A new key in a file that nobody else may read."""
    content = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.unlink(missing_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
    ) as f:
        f.write(content)
        f.flush()
        os.fsync(f.fileno())
    return path


def _put(path: Path, text: str) -> bool:
    """Write a file, whole or not at all; whether nobody did it first."""
    with TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder) / path.name
        new.write_text(text, "ascii")
        settle(new)
        try:
            os.link(new, path)
        except FileExistsError:
            return False
    return True


def _holds(path: Path, key: PublicKey) -> bool:
    return path.read_bytes().strip() == key.hex.encode()


def _read_public(path: Path) -> PublicKey:
    """The key in a file that is named after it.

    Raises:
        ConfigError: It holds another, or none.
    """
    key = PublicKey(path.read_bytes().strip().decode("ascii", "replace"))
    try:
        right = key.id == path.stem
    except ValueError:
        right = False
    if not right:
        raise _unusable(
            path,
            "it holds no key of that name: put it back from a backup",
            "其中没有该名称的公钥：请从备份恢复",
        )
    return key


def _read(path: Path) -> SigningKey:
    try:
        open_to_others = stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXO)
        content = path.read_bytes()
    except OSError as error:
        raise _unusable(path, error.strerror or "", error.strerror or "") from None
    if open_to_others:
        raise _unusable(
            path, "everybody may read it: chmod 600", "所有人可读：请执行 chmod 600"
        )
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(
            path, "it is no Ed25519 key in PEM", "不是 PEM 格式的 Ed25519 密钥"
        )
    return SigningKey(key)


def _unusable(path: Path, why: str, why_zh: str) -> ConfigError:
    return ConfigError(
        f"the key of the audit log in {path} cannot be used: {why}",
        zh=f"审计日志密钥 {path} 不可用：{why_zh}",
    )
