"""An attacker who may write the tables of the log, and has no key, is always found."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.orm import Session

from serving.access.who import local_user
from serving.audit.breaks import Break
from serving.audit.checking import verify_log
from serving.audit.entry import GENESIS, Entry
from serving.audit.heads import Head
from serving.audit.keys import Keys, SigningKey
from serving.audit.log import Audit
from serving.audit.signing import Signing
from serving.audit.tables import AuditEnd, AuditEntry, AuditHead
from serving.settings import Settings
from serving.storage.store import Store
from serving.storage.tables import Base
from tests.plugins.rows import Report

ENTRIES, BETWEEN_HEADS = 120, 20
TABLES = [
    Base.metadata.tables[t.__tablename__] for t in (AuditEntry, AuditEnd, AuditHead)
]
Row = dict[str, Any]
ACTIONS = ("draft.dropped", "export.report", "login.succeeded", "key.issued")


@dataclass(frozen=True)
class Log:
    """What stands in the three tables."""

    entries: list[Row]
    end: Row
    heads: list[Row]


@dataclass(frozen=True)
class Attack:
    """What was done to the log, and the entries of which one was touched first."""

    log: Log
    first: int
    last: int


@dataclass(frozen=True)
class Installation:
    """A log with its keys, and a connection on which nothing is ever committed."""

    connection: Connection
    keys: Keys
    log: Log

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.connection) as session:
            yield session

    def found(self, log: Log) -> Break | None:
        """What the check says first of another log in place of the real one."""
        for table, rows in zip(
            TABLES, (log.entries, [log.end], log.heads), strict=True
        ):
            self.connection.execute(delete(table))
            if rows:
                self.connection.execute(insert(table), rows)
        return verify_log(self.session, self.keys).broken


@pytest.fixture
def installed(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    store = Store(database_url)
    store.upgrade()
    keys = Keys(Settings(database_url=database_url, audit_folder=tmp_path / "audit"))
    # A key that is known has no entry of its own: heads stand at round numbers.
    keys.publish(keys.signing().public)
    _fill(store, Signing(store.session, keys))
    with store._engine.connect() as connection:
        _drop_triggers(connection)
        rows = [
            [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in TABLES
        ]
        yield Installation(connection, keys, Log(rows[0], rows[1][0], rows[2]))
        connection.rollback()
    store.close()


def _fill(store: Store, signing: Signing) -> None:
    for first in range(0, ENTRIES, BETWEEN_HEADS):
        with store.session() as session:
            for n in range(first, first + BETWEEN_HEADS):
                subject = f"{n:026}"
                Audit.append(session, local_user(), ACTIONS[n % 4], subject)
        assert signing.sign() is not None


def _drop_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION audit_refuse() CASCADE"))
        return
    triggers = connection.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    ).scalars()
    for name in list(triggers):
        connection.execute(text(f"DROP TRIGGER {name}"))


def hashed(rows: list[Row], first: int) -> list[Row]:
    """The log hashed again from an entry on, numbers included."""
    previous = rows[first - 2]["hash"] if first > 1 else GENESIS
    done = [dict(row) for row in rows[: first - 1]]
    for number, row in enumerate(rows[first - 1 :], first):
        entry = Entry(
            **{n: row[n] for n in Entry._fields}
            | {"number": number, "previous": previous}
        )
        previous = entry.hash()
        done.append(entry._asdict() | {"hash": previous})
    return done


def numbered(rows: list[Row]) -> list[Row]:
    """The rows numbered again, and nothing else."""
    return [row | {"number": n} for n, row in enumerate(rows, 1)]


def ended(log: Log, rows: list[Row]) -> Log:
    """A log whose end agrees with its entries."""
    last = rows[-1]
    return replace(
        log,
        entries=rows,
        end=log.end | {"number": last["number"], "hash": last["hash"]},
    )


def altered(value: Any, rng: random.Random) -> Any:
    """Another value of the same kind, one character or one unit away."""
    if isinstance(value, int):
        return value + rng.choice((-1, 1, 1000))
    at = rng.randrange(len(value) + 1)
    kept = value[at + 1 :] if rng.random() < 0.8 else value[at:]
    new = rng.choice("0123456789abcdefZ债 ")
    changed = f"{value[:at]}{new}{kept}"
    return changed if changed != value else f"{value}0"


def edit(log: Log, rng: random.Random) -> Attack:
    n = rng.randint(1, ENTRIES)
    rows = [dict(row) for row in log.entries]
    column = rng.choice([name for name in rows[0] if name != "number"])
    limit = 24 if column == "at" else 64
    rows[n - 1][column] = altered(rows[n - 1][column], rng)[:limit]
    if rows == log.entries:
        rows[n - 1][column] = "x" + rows[n - 1][column][1:]
    return Attack(replace(log, entries=rows), n, n)


def take_rows_out(log: Log, rng: random.Random) -> Attack:
    n = rng.randint(1, ENTRIES - 6)
    rows = log.entries[: n - 1] + log.entries[n - 1 + rng.randint(1, 5) :]
    return Attack(replace(log, entries=rows), n, n)


def take_rows_out_and_close_the_gap(log: Log, rng: random.Random) -> Attack:
    gap = take_rows_out(log, rng)
    return replace(gap, log=ended(log, numbered(gap.log.entries)))


def move_far_away(log: Log, rng: random.Random) -> Attack:
    n = rng.randint(1, ENTRIES)
    rows = [r | {"number": 5_000} if r["number"] == n else r for r in log.entries]
    return Attack(replace(log, entries=rows), n, n)


def swap(log: Log, rng: random.Random) -> Attack:
    a, b = sorted(rng.sample(range(1, ENTRIES + 1), 2))
    kept = rng.choice((("number",), ("number", "hash"), ("number", "hash", "previous")))
    rows = [dict(row) for row in log.entries]
    one, other = log.entries[a - 1], log.entries[b - 1]
    rows[a - 1] = other | {name: one[name] for name in kept}
    rows[b - 1] = one | {name: other[name] for name in kept}
    return Attack(replace(log, entries=rows), a, a)


def copy_over(log: Log, rng: random.Random) -> Attack:
    source, n = rng.sample(range(1, ENTRIES + 1), 2)
    rows = [dict(row) for row in log.entries]
    rows[n - 1] = rows[source - 1] | {"number": n}
    return Attack(replace(log, entries=rows), n, n)


def insert_one(log: Log, rng: random.Random) -> Attack:
    n = rng.randint(1, ENTRIES + 1)
    before = log.entries[: n - 1]
    forged = log.entries[0] | {"number": n, "subject": "forged"}
    whole = hashed([*before, forged], n) if rng.random() < 0.5 else [*before, forged]
    return Attack(replace(log, entries=numbered([*whole, *log.entries[n - 1 :]])), n, n)


def cut_off(log: Log, rng: random.Random) -> Attack:
    n = rng.randint(1, ENTRIES - 1)
    return Attack(replace(log, entries=log.entries[:n]), n + 1, n + 1)


def cut_off_without_a_trace(log: Log, rng: random.Random) -> Attack:
    """The end agrees and the heads are gone: those beside the key are still there."""
    n = rng.randint(1, ENTRIES - 1)
    heads = [head for head in log.heads if head["size"] <= n]
    cut = replace(ended(log, log.entries[:n]), heads=heads)
    return Attack(cut, n // BETWEEN_HEADS * BETWEEN_HEADS + 1, n + 1)


def hash_again(log: Log, rng: random.Random) -> Attack:
    """Any of the others, with every hash after it and the end made to agree."""
    while True:
        attack = rng.choice(REHASHED)(log, rng)
        rows = hashed(attack.log.entries, attack.first)
        # To hash an altered hash again mends it.
        if rows != log.entries:
            return replace(attack, log=ended(log, rows))


def hash_some_again(log: Log, rng: random.Random) -> Attack:
    n = rng.randint(1, ENTRIES - 1)
    rows = [dict(row) for row in log.entries]
    rows[n - 1]["who"] = "local:nobody"
    until = rng.randint(n, ENTRIES - 1)
    return Attack(replace(log, entries=hashed(rows[:until], n) + rows[until:]), n, n)


def sign_with_another_key(log: Log, rng: random.Random) -> Attack:
    attack = hash_again(log, rng)
    return replace(attack, log=replace(attack.log, heads=_signed_again(attack.log)))


def _signed_again(log: Log) -> list[Row]:
    key = SigningKey(Ed25519PrivateKey.generate())
    heads = [{n: row[n] for n in Head.__slots__} for row in log.heads]
    for row, kept in zip(heads, log.heads, strict=True):
        row["key"] = key.public.id
        row["signature"] = key.sign(Head(**row).content())
        row["frontier"] = kept["frontier"]
    return heads


def alter_a_head(log: Log, rng: random.Random) -> Attack:
    heads = [dict(head) for head in log.heads]
    head = rng.choice(heads)
    size, column = head["size"], rng.choice([*head])
    limit = {"at": 24, "key": 16, "signature": 128}.get(column, 64)
    changed = altered(head[column], rng)
    head[column] = changed if isinstance(changed, int) else changed[:limit]
    if heads == log.heads:
        head[column] = "x" + head[column][1:]
    sizes = sorted((size, head["size"]))
    return Attack(replace(log, heads=heads), *sizes)


def remove_a_head(log: Log, rng: random.Random) -> Attack:
    head = rng.choice(log.heads)
    heads = [other for other in log.heads if other != head]
    return Attack(replace(log, heads=heads), head["size"], head["size"])


def alter_the_end(log: Log, rng: random.Random) -> Attack:
    column = rng.choice(("number", "hash"))
    changed = altered(log.end[column], rng)
    end = log.end | {column: changed if column == "number" else changed[:64]}
    if end == log.end:
        end |= {"hash": "x" + end["hash"][1:]}
    return Attack(replace(log, end=end), ENTRIES, ENTRIES + 1)


REHASHED = (edit, take_rows_out, swap, copy_over, insert_one)
ATTACKS: tuple[Callable[[Log, random.Random], Attack], ...] = (
    edit,
    take_rows_out,
    take_rows_out_and_close_the_gap,
    move_far_away,
    swap,
    copy_over,
    insert_one,
    cut_off,
    cut_off_without_a_trace,
    hash_again,
    hash_some_again,
    sign_with_another_key,
    alter_a_head,
    remove_a_head,
    alter_the_end,
)
# Where everything was made to agree, heads tell between which two sizes it was.
UNCERTAIN = (hash_again, sign_with_another_key, hash_some_again)


@pytest.mark.every_database
def test_every_attack_is_found_and_named(
    installed: Installation, report: Report, long: bool
) -> None:
    # PostgreSQL keeps what a transaction throws away: each case takes longer.
    is_quick = installed.connection.dialect.name == "sqlite"
    attacks = 1_000 if is_quick or long else 100
    rng = random.Random(7)  # noqa: S311
    assert installed.found(installed.log) is None

    counts: Counter[str] = Counter()
    for number in range(attacks):
        do = ATTACKS[number % len(ATTACKS)]
        attack = do(installed.log, rng)
        broken = installed.found(attack.log)
        assert broken is not None, (number, do.__name__, attack.first)
        _check_name(broken, do, attack, number)
        counts[broken.kind] += 1

    told = ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items()))
    report(f"{attacks:,} of {attacks:,} attacks on the log found: {told}")


def _check_name(
    broken: Break, do: Callable[..., Attack], attack: Attack, number: int
) -> None:
    what = (number, do.__name__, attack.first, attack.last, broken)
    if do in UNCERTAIN:
        assert broken.first <= attack.first <= broken.last, what
        assert broken.last - broken.first <= BETWEEN_HEADS + 5, what
    else:
        assert attack.first <= broken.first <= attack.last, what
