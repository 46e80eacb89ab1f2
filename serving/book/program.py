"""The options of ``score`` for books, and the way from them to the manifest."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from features.console import say
from features.errors import InputError
from models.pricing.assumptions import Assumptions
from serving.access.who import local_user
from serving.book.address import Place, has_magic, place, scheme
from serving.book.chunks import Span, spans
from serving.book.dataset import find_files
from serving.book.journal import Journal
from serving.book.manifest import Document, write_manifest
from serving.book.order import CHUNK_CLAIMS, BookOrder, Figures, ModelName, begin
from serving.book.progress import Step, follow
from serving.book.scoring import Scorer
from serving.book.threads import score_in_threads
from serving.champion import ServedModel
from serving.settings import read_settings

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class BookOptions:
    """What the command line says of a book.

    Attributes:
        book: Whether a book is meant whatever the addresses look like.
        collateral: Addresses of the collateral.
        guarantees: Addresses of the guarantees.
        figures: ``full`` or ``mean``.
        chunk_claims: Most claims of a chunk.
        threads: Chunks scored at a time in this process.
        cluster: Cluster to score on in place of threads.
        restart: Whether what an earlier run left is discarded.
    """

    book: bool
    collateral: tuple[str, ...]
    guarantees: tuple[str, ...]
    figures: Figures | None
    chunk_claims: int | None
    threads: int | None
    cluster: str | None
    restart: bool

    @property
    def stated(self) -> bool:
        """Whether any is, for each of them asks for a book."""
        return any(vars(self).values())


def book_options(command: Command) -> Command:
    """The options of a book on a command."""
    options = (
        click.option("--book", is_flag=True, help="Score a book, see above."),
        click.option(
            "--collateral",
            multiple=True,
            metavar="ADDRESS",
            help="Book: dataset of collateral, joined by claim_id; may be repeated.",
        ),
        click.option(
            "--guarantees",
            multiple=True,
            metavar="ADDRESS",
            help="Book: the same of guarantees.",
        ),
        click.option(
            "--figures",
            type=click.Choice(["full", "mean"]),
            help="Book: all figures, by default, or the mean recovery alone.",
        ),
        click.option(
            "--chunk-claims",
            type=click.IntRange(1, 1_000_000),
            help=f"Book: most claims of a chunk and part; {CHUNK_CLAIMS['full']:,} by "
            f"default, {CHUNK_CLAIMS['mean']:,} of means alone.",
        ),
        click.option(
            "--threads",
            type=click.IntRange(1, 1024),
            help="Book: chunks scored at a time; as many as cores by default.",
        ),
        click.option(
            "--cluster",
            metavar="local[:N]|tcp://HOST:PORT",
            help="Book: score on a Dask cluster in place of threads.",
        ),
        click.option(
            "--restart",
            is_flag=True,
            help="Book: discard what an earlier run left in OUT.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def is_book(sources: Sequence[str], out: str, options: BookOptions) -> bool:
    """Whether a book of claims is meant and not one package.

    So it is where OUT is a folder, where SOURCE is not one file on this machine, and
    where an option of books is stated.
    """
    return (
        options.stated
        or out.endswith("/")
        or len(sources) > 1
        or any("://" in address for address in (*sources, out))
        or any(has_magic(source) and not _is_file(source) for source in sources)
        or any(place(address).is_folder() for address in (*sources, out))
    )


def _is_file(address: str) -> bool:
    return place(address).exists()


def score_book(
    sources: Sequence[str],
    out: str,
    served: ServedModel,
    cutoff_date: str | None,
    assumptions: Mapping[str, Any],
    options: BookOptions,
) -> Document:
    """Score a book, or go on with it; gives its manifest.

    Args:
        sources: Addresses of the claims.
        out: Address of the folder of the output.
        served: The model.
        cutoff_date: Cut-off date that wins over the claims.
        assumptions: Those that differ from the defaults.
        options: What the command line says beside.

    Raises:
        InputError: Something that was handed in is wrong, or OUT holds another run.
        AssumptionError: An assumption cannot be used.
    """
    _check_options(sources, out, assumptions, options)
    figures = options.figures or "full"
    order = BookOrder(
        figures=figures,
        model=ModelName.of(served),
        assumptions=Assumptions.of(assumptions).model_dump(mode="json"),
        cutoff_date=cutoff_date,
        chunk_claims=options.chunk_claims or CHUNK_CLAIMS[figures],
        claims=find_files(sources, "claims"),
        collateral=_files(options.collateral, "collateral"),
        guarantees=_files(options.guarantees, "guarantees"),
    )
    folder = place(out)
    begin(order, folder, restart=options.restart)
    passed = _passed_share(folder)
    if passed:
        say(f"{passed:.0%} of the book was done before: going on")
    keys = read_settings().key_place.keys()
    signs = keys.pseudonyms(local_user().tenant)
    scorer = Scorer(order, served.model, signs)
    follow(_steps(scorer, served, out, options), "Scored", passed)
    folder.delete_partial()
    return write_manifest(order, scorer.record, folder)


def _check_options(
    sources: Sequence[str],
    out: str,
    assumptions: Mapping[str, Any],
    options: BookOptions,
) -> None:
    folder = place(out)
    named_file = "." in folder.path.rpartition("/")[2] and not out.endswith("/")
    if named_file and not folder.is_folder():
        raise InputError(
            f"{out}: a book is written into a folder; end its address with /"
        )
    if options.figures == "mean" and assumptions:
        raise InputError("assumptions price claims, and --figures mean prices nothing")
    if options.cluster and options.threads:
        raise InputError("--threads are of this process; name workers as local:N")
    addresses = (*sources, *options.collateral, *options.guarantees)
    if any(folder.is_within(place(address)) for address in addresses):
        raise InputError(f"{out} is within its own source; write it elsewhere")
    if options.cluster and "memory" in map(scheme, (out, *addresses)):
        raise InputError("memory:// is of this process alone, no worker can reach it")


def _files(addresses: Sequence[str], table: str) -> Any:
    return find_files(addresses, table) if addresses else ()


def _passed_share(out: Place) -> float:
    journal = Journal(out)
    journal.check_parts()
    return sum(chunk.share for chunk in journal.chunks())


def _steps(
    scorer: Scorer, served: ServedModel, out: str, options: BookOptions
) -> Iterator[Step]:
    todo = list(spans(scorer.order.claims, scorer.order.chunk_claims))
    if options.cluster is None:
        threads = options.threads or os.cpu_count() or 1
        return score_in_threads(scorer, Journal(place(out)), todo, threads)
    return _clustered(scorer, served, out, todo, options)


def _clustered(
    scorer: Scorer,
    served: ServedModel,
    out: str,
    todo: Sequence[Span],
    options: BookOptions,
) -> Iterator[Step]:
    try:
        from serving.book.cluster import BookPlugin, score_on_cluster
    except ImportError:
        raise InputError(
            "--cluster needs Dask's distributed, which make install installs with all "
            "else; add it with: pip install distributed"
        ) from None
    # Workers run elsewhere than here.
    address = place(out).path if scheme(out) == "file" else out
    plugin = BookPlugin(scorer, served.model, address)
    return score_on_cluster(plugin, todo, options.cluster or "")
