"""Chunks of a book scored by the threads of one process."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import pyarrow as pa
from threadpoolctl import threadpool_limits

from models.recovery.forest import at_most
from serving.book.chunks import Chunk, Span, read_chunks
from serving.book.journal import Journal
from serving.book.order import BookOrder
from serving.book.progress import Step
from serving.book.scoring import Scorer


def score_in_threads(
    scorer: Scorer, journal: Journal, spans: Sequence[Span], threads: int
) -> Iterator[Step]:
    """Score every chunk that is not done, each told when it is.

    Args:
        scorer: Scores one chunk.
        journal: Keeps it.
        spans: Where the chunks are.
        threads: How many are scored at a time; one more waits in memory.
    """
    use_cores(threads)
    scorer.prepare()
    # Products of matrices in threads of their own would take cores from one another.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        running: set[Future[Step]] = set()
        try:
            for span in spans:
                for chunk in unfinished(scorer.order, journal, span):
                    running.add(pool.submit(step_of, scorer, journal, chunk))
                    if len(running) > threads:
                        done, running = wait(running, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
            yield from (future.result() for future in running)
        finally:
            pool.shutdown(cancel_futures=True)


def use_cores(count: int) -> None:
    """Have Arrow use so many cores, and memory that it gives back.

    Its other allocators keep what threads let go of: a quarter more memory. A worker of
    another's cluster loaded Arrow before it heard of ours.
    """
    pa.set_cpu_count(count)
    pa.set_memory_pool(pa.system_memory_pool())


def unfinished(order: BookOrder, journal: Journal, span: Span) -> Iterator[Chunk]:
    """The chunks of a span that are not done, read one after the other."""
    if span.names is not None and all(map(journal.has, span.names)):
        return
    for chunk in read_chunks(order.claims, span):
        if not journal.has(chunk.name):
            yield chunk


def step_of(scorer: Scorer, journal: Journal, chunk: Chunk) -> Step:
    """Score and keep a chunk, on the one core that this thread stands for."""
    with at_most(1):
        outcome = scorer.score(chunk)
    journal.keep(outcome)
    return Step(outcome.finished.claims.rows, outcome.finished.share)
