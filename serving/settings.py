"""What an installation may set, read from the environment: each field says why."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from features.errors import ConfigError
from features.personal.keys import DEFAULT_FILE, KeyPlace
from serving.access.who import Role

PREFIX = "RECOUP_"
# The service itself keeps drafts and idempotency keys no longer.
KEPT_DAYS = 30
# Folder of files that hold a setting each.
SECRETS = "RECOUP_SECRETS"
# Settings whose values are not repeated in a refusal.
_SECRET = ("database_url", "personal_keys", "oidc_client_secret")
# What others than these programs read: the client, training, compose and the tests.
_OF_OTHERS = ("API_KEY", "SBA_CSV", "GSE_CSV", "TAG", "TEST_POSTGRESQL", "SECRETS")
STORES = ("sqlite:///", "postgresql+psycopg://")
# Addresses that stand for all of a machine's.
EVERYWHERE = (str(IPv4Address(0)), str(IPv6Address(0)))


class Settings(BaseSettings):
    """Settings of the service and of the programs beside it.

    Every field is read from ``RECOUP_<NAME>``; the tracking store also from
    ``MLFLOW_TRACKING_URI``, which MLflow's own programs read.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", populate_by_name=True
    )

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; the local machine only unless widened.",
    )
    hosts: str = Field(
        default="",
        description="Further names by which the service is asked for, parted by "
        "commas, beside those of this machine alone, the address that it listens on "
        "and that of RECOUP_PUBLIC_ADDRESS; another name gets 421. * takes any.",
    )
    proxies: str = Field(
        default="127.0.0.1",
        description="Addresses or networks of proxies, parted by commas, whose word on "
        "where a request comes from and whether it came by https is taken.",
    )
    port: int = Field(default=8000, ge=1, le=65_535, description="Port to listen on.")
    database_url: str = Field(
        default="sqlite:///var/recoup.db",
        description="Store of valuations: sqlite:///FILE, or "
        "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE for several machines.",
    )
    database_connections: int = Field(
        default=10,
        ge=2,
        le=200,
        description="Connections of each process to PostgreSQL at most; all processes "
        "together must stay below its max_connections.",
    )
    database_patience_seconds: float = Field(
        default=3.0,
        ge=1,
        le=60,
        description="Longest silence of PostgreSQL before requests are refused with "
        "503, until it answers again; half a second less is the longest statement.",
    )
    drafts_days: int = Field(
        default=KEPT_DAYS,
        ge=1,
        le=KEPT_DAYS,
        description="Age at which the program retention removes drafts; older ones go "
        "by themselves when the next tape is dropped.",
    )
    keys_days: int = Field(
        default=KEPT_DAYS,
        ge=1,
        le=KEPT_DAYS,
        description="Age at which it removes idempotency keys; older ones go by "
        "themselves when the next one comes. A request sent again under a key that is "
        "gone is valued anew.",
    )
    personal_key_file: Path = Field(
        default=DEFAULT_FILE,
        description="File of the keys that lock personal data, made when needed; "
        "keep a copy of it apart from those of the database.",
    )
    personal_keys: SecretStr | None = Field(
        default=None,
        description="The keys themselves, as words `name:base64`, in place of a file.",
    )
    tracking_uri: str = Field(
        default="sqlite:///mlflow.db",
        validation_alias=AliasChoices("RECOUP_TRACKING_URI", "MLFLOW_TRACKING_URI"),
        description="MLflow tracking store whose registry names the model.",
    )
    model_name: str = Field(
        default="recovery", description="Name of the registered model."
    )
    model_alias: str = Field(
        default="champion", description="Alias of the version that is served."
    )
    model_cache: Path = Field(
        default=Path("var/models"),
        description="Folder of opened models by hash; the service starts from it when "
        "the registry does not answer, and replays read it.",
    )
    model_refresh_seconds: float = Field(
        default=0.5,
        ge=0,
        description="How often it is looked whether the registry names another "
        "version; a SQLite store is asked only when its file has changed. 0 looks at "
        "the start only.",
    )
    model_cache_entries: int = Field(
        default=20,
        ge=3,
        description="Models kept in the cache; beyond, those used least lately go, but "
        "none that a recorded valuation needs for its replay.",
    )
    books: str = Field(
        default="var/books",
        description="Folder under which books are scored, each into a folder of its "
        "own, or the address of one on an object store; the portfolio page lists them. "
        "Books of tenants but the first stand in its tenants/TENANT/.",
    )
    batches: str = Field(
        default="var/batches",
        description="Folder of what batches need and give, each in one of its own, or "
        "the address of one on an object store; all workers reach it by this name.",
    )
    batch_sources: str = Field(
        default="",
        description="Folders, or their addresses on object stores, parted by commas: "
        "batches that are asked for over HTTP read data sets beneath them and nothing "
        "else. {tenant} stands for the name of whose batch it is. Without any, files "
        "are uploaded.",
    )
    batch_workers: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Processes that serve starts for batches when there are any, which "
        "leave the processor to requests; with 0 workers are started by hand.",
    )
    batch_memory_bytes: int = Field(
        default=4 * 2**30,
        ge=256 * 2**20,
        description="Memory that a worker of batches may take beyond what it holds "
        "when it begins; a chunk that needs more fails, and no other program with it.",
    )
    batch_lease_seconds: float = Field(
        default=15.0,
        ge=0.5,
        le=3600,
        description="A worker that is not heard of for so long loses its chunk to "
        "another.",
    )
    batch_attempts: int = Field(
        default=4,
        ge=1,
        le=100,
        description="How often a chunk is begun before it has failed.",
    )
    largest_body_bytes: int = Field(
        default=64 * 2**20,
        ge=1024,
        description="Largest request body; above it the answer is 413.",
    )
    body_deadline_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Longest time that a request body may take to arrive; then the "
        "answer is 408.",
    )
    largest_claims: int = Field(
        default=100_000,
        ge=1,
        description="Most claims of one package; a larger one is refused.",
    )
    concurrent_valuations: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Valuations computed at a time, and files opened at a time; "
        "further requests wait. Each may use a gigabyte at the largest package.",
    )
    stop_seconds: int = Field(
        default=20,
        ge=1,
        le=3600,
        description="How long requests that are being answered may go on when the "
        "service is told to stop; what is left then is given up.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Least important log line that is written; programs beside the "
        "service write warnings and errors, and all from this level where it is set.",
    )
    log_form: Literal["auto", "json", "text"] = Field(
        default="auto",
        description="Form of log lines: JSON, text for people, or text on a terminal "
        "and JSON elsewhere.",
    )
    backtest_metrics: Path = Field(
        default=Path("var/backtest.prom"),
        description="File that a back-test wrote for Prometheus, whose gauges are told "
        "with the metrics of the service where it is there.",
    )
    access_log: bool = Field(
        default=False,
        description="Whether a line is written for each request, as by --access-log; "
        "failed ones are always told of.",
    )
    audit_folder: Path | None = Field(
        default=None,
        description="Folder of the keys that sign the audit log and of the heads they "
        "signed, best out of reach of whoever may write the database; audit beside an "
        "SQLite file, and var/audit otherwise, when absent.",
    )
    audit_key: Path | None = Field(
        default=None,
        description="File of the Ed25519 key that signs the audit log, in PEM; one is "
        "made in the folder above when absent.",
    )
    audit_head_seconds: float = Field(
        default=60.0,
        ge=0,
        description="How often new entries of the audit log are signed; 0 signs them "
        "when the service stops only.",
    )
    requests_a_minute: int = Field(
        default=0,
        ge=0,
        description="Most requests of one key or person within a minute, by each "
        "process; a key may have fewer of its own. 0 sets no bound.",
    )
    refusals_a_minute: int = Field(
        default=30,
        ge=1,
        description="Credentials that are none, from one address within a minute, "
        "after which the answer is 429; as many attempts to sign in.",
    )
    public_address: str | None = Field(
        default=None,
        description="Address under which browsers reach the service, as "
        "https://recoup.example; what they ask for when absent.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Address of a provider of OpenID Connect at which persons sign on "
        "to the workbench; by one-time links alone when absent.",
    )
    oidc_client_id: str = Field(
        default="recoup", description="Name of this service at the provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None,
        description="Its secret there; none for a public client, which PKCE protects.",
    )
    oidc_role_claim: str = Field(
        default="groups",
        description="Claim that gives roles, one value or several; a dot leads in.",
    )
    oidc_roles: dict[str, Role] = Field(
        default_factory=dict,
        description='Role of each value of that claim, as {"npl-pricers": "pricer"}; '
        "other values give none.",
    )
    oidc_tenant_claim: str | None = Field(
        default=None,
        description="Claim that names the tenant; everybody belongs to the first one "
        "when absent.",
    )
    oidc_tenants: dict[str, str] = Field(
        default_factory=dict,
        description='Tenant of each value of that claim, as {"17": "acme"}.',
    )
    session_idle_minutes: float = Field(
        default=60.0,
        gt=0,
        description="After so long without a request a browser is signed out.",
    )
    session_hours: float = Field(
        default=12.0,
        gt=0,
        description="After so long a browser is signed out in any case.",
    )

    @property
    def by_https(self) -> bool:
        """Whether browsers reach the service by https."""
        return (self.public_address or "").startswith("https://")

    @field_validator("database_url")
    @classmethod
    def _of_known_kind(cls, url: str) -> str:
        if not url.startswith(STORES):
            raise ValueError(f"must begin with {' or '.join(STORES)}")
        return url

    @field_validator("public_address")
    @classmethod
    def _of_the_web(cls, address: str | None) -> str | None:
        if address and not address.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return address

    @property
    def home(self) -> str:
        """Where a browser finds the service, as far as it is known."""
        if self.public_address:
            return self.public_address.rstrip("/")
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def key_place(self) -> KeyPlace:
        """Where the keys of personal data stand."""
        words = self.personal_keys and self.personal_keys.get_secret_value()
        return KeyPlace(self.personal_key_file, words or None)


def read_settings() -> Settings:
    """The settings of this process.

    They stand in the environment, or in files of the folder that ``RECOUP_SECRETS``
    names, each called as its variable in small letters: secrets are mounted so.

    Raises:
        ConfigError: A variable or file does not hold what its field allows, or there
            is no such folder.
    """
    secrets = os.environ.get(SECRETS)
    if secrets is not None and not Path(secrets).is_dir():
        raise ConfigError(f"{SECRETS} names {secrets}, which is no folder")
    try:
        return Settings(_secrets_dir=secrets)
    except ValidationError as error:
        wrong = "; ".join(map(_told, error.errors()))
        raise ConfigError(
            f"settings in the environment: {wrong}; see docs/configuration.md"
        ) from None


def unknown() -> Iterator[str]:
    """Variables that look like settings and are none, in words."""
    settings = [name.upper() for name in Settings.model_fields]
    given = (n.removeprefix(PREFIX) for n in os.environ if n.startswith(PREFIX))
    for name in sorted({*given}.difference(settings, _OF_OTHERS)):
        near = "".join(get_close_matches(name, settings, 1))
        remedy = f"{PREFIX}{near} is one" if near else "see docs/configuration.md"
        yield f"{PREFIX}{name} is no setting and does nothing; {remedy}"


def _told(error: ErrorDetails) -> str:
    """Variable, value and rule; a value that may hold a password is not shown."""
    first, *inner = map(str, error["loc"])
    variable = first if first.isupper() else f"{PREFIX}{first.upper()}"
    where = "".join(f", {part}" for part in inner)
    value = f" is {error['input']!r}" if first not in _SECRET else ""
    rule = error["msg"].removeprefix("Value error, ")
    return f"{variable}{where}{value}: {rule}"
