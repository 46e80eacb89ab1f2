"""python -m serving audit: who did what, and whether the log of it is whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
from rich.table import Table

from features.console import console, print_figures
from serving.access.local import opened_store
from serving.access.who import local_user
from serving.audit.actions import acts
from serving.audit.checking import verify_log
from serving.audit.keys import Keys
from serving.audit.log import Audit
from serving.audit.proofs import Proofs
from serving.audit.reading import AuditFilters, entries, facts_of, plain
from serving.audit.signing import Signing
from serving.audit.tables import AuditEntry
from serving.audit.verification import Verification
from serving.commands.options import FilePath, json_option
from serving.files import write_file
from serving.settings import read_settings
from serving.storage.store import Store

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def audit() -> None:
    """Show what was done, and check that the log of it is what was appended."""


@dataclass(frozen=True)
class _Log:
    store: Store
    keys: Keys

    @property
    def signing(self) -> Signing:
        return Signing(self.store.session_of_all, self.keys)

    @property
    def proofs(self) -> Proofs:
        return Proofs(self.store.session_of_all, self.keys)


@contextmanager
def _log() -> Iterator[_Log]:
    settings = read_settings()
    with opened_store(settings) as store:
        yield _Log(store, Keys(settings))


@audit.command("verify")
@click.option("--head", type=FilePath, help="A head that was kept elsewhere.")
@json_option
def verify_command(head: Path | None, as_json: bool) -> int:
    """Check every entry and every signed head; name the first that is broken.

    Leaves with status 1 where something is.
    """
    with _log() as log:
        found = verify_log(log.store.session_of_all, log.keys, head)
    if as_json:
        print_figures(asdict(found))
    else:
        _print_verification(found)
    return 1 if found.broken else 0


def _print_verification(found: Verification) -> None:
    rate = found.entries / found.seconds if found.seconds else 0.0
    click.echo(
        f"{found.entries:,} entries 条 hold together 前后相符, {found.heads:,} signed "
        f"heads 签名头 agree 相符; {rate:,.0f} entries per second 条/秒"
    )
    unsigned = found.entries - found.vouched
    if found.broken:
        words = (found.broken.sentence("en"), found.broken.sentence("zh"))
        click.echo(f"BROKEN 已损坏: {'; '.join(words)}", err=True)
    elif unsigned:
        click.echo(f"whole 完整; the last {unsigned:,} are not signed yet 尚未签名")
    else:
        click.echo("whole 完整")


@audit.command("head")
@click.option("--out", type=FilePath, help="Where to write it; shown otherwise.")
def head_command(out: Path | None) -> None:
    """Sign the log as it stands, and write the head for somebody else to keep.

    Whoever keeps it proves later, with verify --head, that nothing before was altered.
    """
    with _log() as log:
        log.signing.sign()
        head = log.proofs.newest()
        public = log.keys.public()[head.key]
    _write(head.plain(public), out)


@audit.command("list")
@click.option("--action", help="As review.approved, or all of review.")
@click.option("--who", help="Identifier of whoever did it.")
@click.option("--subject", help="Identifier of what it was done to.")
@click.option("--since", type=_TIME, help="Earliest time, in UTC.")
@click.option("--until", type=_TIME, help="Latest time, in UTC, not included.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
def list_command(
    action: str | None,
    who: str | None,
    subject: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show entries, newest first."""
    times = [time and time.replace(tzinfo=UTC) for time in (since, until)]
    filters = AuditFilters(None, action, who, subject, *times)
    with _log() as log, log.store.session_of_all() as session:
        found = entries(session, filters, limit)
    if as_json:
        print_figures({"entries": [plain(entry) for entry in found]})
    else:
        console().print(_table(found))


def _table(found: list[AuditEntry]) -> Table:
    table = Table(caption=f"{len(found)} entries 条")
    for heading in ("", "UTC", "who 操作人", "what 操作", "subject 对象", "facts 要素"):
        table.add_column(heading, overflow="fold")
    for entry in found:
        act = acts().get(entry.action)
        words = f"{act.en} {act.zh}" if act else entry.action
        facts = ", ".join(f"{k} {v}" for k, v in facts_of(entry).items())
        row = (str(entry.number), entry.at, entry.who, words, entry.subject, facts)
        table.add_row(*(text.replace("[", "\\[") for text in row))
    return table


@audit.command("prove")
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--head", type=FilePath, help="A head kept elsewhere: it only grew since."
)
@click.option("--out", type=FilePath, help="Where to write it; shown otherwise.")
def prove_command(number: int, head: Path | None, out: Path | None) -> None:
    """Prove to somebody without the log that entry NUMBER is in it."""
    with _log() as log:
        log.signing.sign()
        proof = log.proofs.of_entry(number)
        grown = {} if head is None else log.proofs.of_growth(head)
    _write(proof | grown, out)


@audit.command("rotate-key")
def rotate_command() -> None:
    """Sign with a new key from now on; the old public key is kept.

    What is unsigned is signed with the old key first.
    """
    with _log() as log:
        log.signing.sign()
        old = log.keys.signing().public
        new = log.keys.rotate().public
        with log.store.session() as session:
            facts = {"public_key": new.hex, "from_key": old.id}
            Audit.append(session, local_user(), "audit.key_rotated", new.id, facts)
        log.signing.sign()
    click.echo(f"key 密钥 {new.id} signs in place of 取代 {old.id}")


def _write(plain_data: dict[str, object], out: Path | None) -> None:
    content = orjson.dumps(plain_data, option=orjson.OPT_INDENT_2)
    if out is None:
        click.echo(content.decode())
    else:
        write_file(content + b"\n", out)
        click.echo(f"written 已写入 {out}")
