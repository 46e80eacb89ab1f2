"""Books in one folder, done or under way, as far as their folders tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import InputError, NotFoundError
from serving.access.who import DEFAULT_TENANT
from serving.book.address import Place, place
from serving.book.journal import Finished, Journal
from serving.book.manifest import MANIFEST
from serving.book.order import RUN, BookOrder, Figures, ModelName
from serving.book.rejections import Reason, noted, reasons
from serving.book.totals import Sums, Totals, summed

# Within the folder of all books, the folders of tenants but the first.
TENANTS = "tenants"
State = Literal["done", "running", "stopped", "unreadable"]
# A chunk takes seconds: a book that finished none for so long is not being scored.
SILENCE = timedelta(minutes=10)
# Pace is told from the latest chunks: an earlier run may have been interrupted.
PACED_CHUNKS = 50


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Counts(_Facts):
    """How much a book holds.

    Attributes:
        claims: Claims that were scored.
        rejected_rows: Rows left out, by table.
        chunks: Chunks that it was scored in.
    """

    claims: int
    rejected_rows: dict[str, int]
    chunks: int


class PackageSums(Sums):
    """The book as a whole, in fen.

    Attributes:
        net_fen: Expected cash less cost.
        recovery_rate: Expected gross cash over claim; None without claims.
        maximum_bid_fen: Highest price at the target return.
        irr_rate_at_maximum_bid: Return at it.
    """

    net_fen: int
    recovery_rate: float | None
    maximum_bid_fen: int
    irr_rate_at_maximum_bid: float | None


class Ends(_Facts):
    """A percentile of the book, in yuan."""

    gross_yuan: float
    present_value_yuan: float


class Range(_Facts):
    """How sure the value of the book is.

    Attributes:
        percentiles: By name, such as ``P5``.
    """

    percentiles: dict[str, Ends]


class CashFlow(_Facts):
    """Expected cash of the book by month, in fen."""

    gross_fen: tuple[int, ...]
    cost_fen: tuple[int, ...]


class Manifest(_Facts):
    """What a book's manifest says.

    Attributes:
        sha256: Hash over all parts.
        figures: Whether claims were priced, or their mean recovery alone was asked for.
        model: The model.
        cutoff_date: Cut-off date that was stated for all claims.
        counts: How much it holds.
        package: The book as a whole.
        range: Its range; None where nothing was priced.
        segments: Sums by segment.
        cash_flow: Cash by month.
        cautions: What must be known before the figures are relied on, in both
            languages.
        warnings: Claims by code of a warning.
        rejected: Rows by code of a fault.
    """

    sha256: str
    figures: Figures
    model: ModelName
    cutoff_date: str | None
    counts: Counts
    package: PackageSums
    range: Range | None
    segments: dict[str, Sums]
    cash_flow: CashFlow
    cautions: tuple[dict[str, str], ...] = ()
    warnings: dict[str, int]
    rejected: dict[str, int]


@dataclass(frozen=True)
class Progress:
    """How far a book has come that is not complete.

    Attributes:
        totals: Of the chunks that are done.
        share: Share of the source that they are, by bytes.
        last_at: When the latest chunk was done, or the book begun.
        claims_per_second: Of the latest chunks; None where too few are done.
        left: Time that the rest takes at this pace.
    """

    totals: Totals
    share: float
    last_at: datetime
    claims_per_second: float | None
    left: timedelta | None


@dataclass(frozen=True)
class Book:
    """A book in its folder.

    Attributes:
        name: Name of the folder.
        begun_at: When it was begun.
        state: Whether it is complete, under way, or was left.
        order: What was asked; None where it cannot be read.
        manifest: What came out; None before it is complete.
        progress: How far it has come; None once it is complete.
    """

    name: str
    begun_at: datetime
    state: State
    order: BookOrder | None = None
    manifest: Manifest | None = None
    progress: Progress | None = None


class Shelf:
    """The folder under which books are written, each in a folder of its own."""

    def __init__(self, address: str) -> None:
        """Name the folder, which need not exist."""
        self.address = address

    @classmethod
    def of(cls, address: str, tenant: str) -> "Shelf":
        """The folder of a tenant: the first one's is the folder of all itself.

        Args:
            address: The folder of all books of an installation.
            tenant: Whose books.
        """
        if tenant == DEFAULT_TENANT:
            return cls(address)
        folder, mark, options = address.partition("?" if "://" in address else "\0")
        return cls(f"{folder.rstrip('/')}/{TENANTS}/{tenant}{mark}{options}")

    def books(self, most: int) -> list[Book]:
        """The books, those begun last in front.

        Args:
            most: How many to give.

        Raises:
            InputError: The folder cannot be read.
        """
        found = [(f, run) for f in place(self.address).folders() if (run := _run(f))]
        latest = sorted(found, key=lambda each: each[1], reverse=True)[:most]
        return [_opened(folder, begun_at) for folder, begun_at in latest]

    def book(self, name: str) -> Book:
        """A book by its name.

        Raises:
            NotFoundError: There is none of this name.
            InputError: The folder cannot be read.
        """
        return _opened(*self._found(name))

    def rejections(self, name: str) -> list[Reason]:
        """Why rows of a book were left out, with examples; none where it is unreadable.

        Raises:
            NotFoundError: There is none of this name.
            InputError: The folder cannot be read.
        """
        folder, _ = self._found(name)
        try:
            return reasons(folder, noted(Journal(folder).chunks()))
        except ValidationError:
            return []

    def _found(self, name: str) -> tuple[Place, datetime]:
        """The folder of a book, and when the book was begun."""
        for folder in place(self.address).folders():
            begun_at = _run(folder) if folder.name == name else None
            if begun_at is not None:
                return folder, begun_at
        raise NotFoundError(
            f"there is no book {name[:100]}", zh=f"没有批量估值 {name[:100]}"
        )


def _run(folder: Place) -> datetime | None:
    """When the book in a folder was begun; None where there is no book."""
    record = folder.inside(RUN)
    return _time(record.info().mtime) if record.exists() else None


def _time(known: datetime | None) -> datetime:
    return known.astimezone(UTC) if known else datetime.now(UTC)


def _opened(folder: Place, begun_at: datetime) -> Book:
    try:
        order = BookOrder.model_validate_json(folder.inside(RUN).read())
        manifest = folder.inside(MANIFEST)
        if manifest.exists():
            told = Manifest.model_validate_json(manifest.read())
            return Book(folder.name, begun_at, "done", order, manifest=told)
        progress = _progress(Journal(folder).dated(), begun_at)
    except (ValidationError, InputError):
        return Book(folder.name, begun_at, "unreadable")
    silent = datetime.now(UTC) - progress.last_at > SILENCE
    state: State = "stopped" if silent else "running"
    return Book(folder.name, begun_at, state, order, progress=progress)


def _progress(
    chunks: Sequence[tuple[datetime | None, Finished]], begun_at: datetime
) -> Progress:
    done = sorted(
        ((_time(at), chunk) for at, chunk in chunks), key=lambda each: each[0]
    )
    share = min(1.0, sum(chunk.share for _, chunk in done))
    paced = done[-PACED_CHUNKS:]
    since = paced[0][0] if len(paced) > 1 else begun_at
    counted = [chunk for at, chunk in paced if at > since]
    seconds = (paced[-1][0] - since).total_seconds() if paced else 0.0
    pace = sum(chunk.share for chunk in counted)
    return Progress(
        summed(chunk.totals for _, chunk in done),
        share,
        done[-1][0] if done else begun_at,
        sum(c.totals.whole.claims for c in counted) / seconds if pace else None,
        timedelta(seconds=round(seconds * (1 - share) / pace)) if pace else None,
    )
