"""How much of a source this process holds, and where the trees of the rest grow."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import accumulate
from pathlib import Path

from features.cluster import open_cluster
from features.console import say
from features.outcomes import History
from features.sources.tables import history_parts
from training.cluster.grower import ClusterGrower
from training.config import Config
from training.data import known_history
from training.growing import Grounds, InProcess


@dataclass(frozen=True)
class Division:
    """Parts of a partitioned history.

    Attributes:
        held: Parts that this process holds; None where the source has no parts.
        left: Parts that it leaves to the workers.
        left_claims: Claims in these.
    """

    held: tuple[str, ...] | None
    left: tuple[str, ...]
    left_claims: int


def divided(source: str, sample_claims: int) -> Division:
    """The first parts of a source, up to a number of claims, and the others.

    Args:
        source: Where the history comes from.
        sample_claims: Claims to hold at most, unless the first part has more.
    """
    claims = history_parts(Path(source))
    names, totals = tuple(claims), list(accumulate(claims.values()))
    if not names:
        return Division(None, (), 0)
    held = max(1, sum(total <= sample_claims for total in totals))
    return Division(names[:held], names[held:], totals[-1] - totals[held - 1])


@contextmanager
def open_source(
    source: str,
    config: Config,
    known_on: datetime | None,
    cluster: str | None,
    sample_claims: int,
) -> Iterator[tuple[History, Grounds]]:
    """What this process holds of a source, and where trees grow while it is open.

    Without a cluster it holds everything, and they grow here.

    Raises:
        HistoryError: There is no such source, or it cannot be used.
        ConfigError: The cluster cannot be used.
    """
    if cluster is None:
        yield known_history(source, config, known_on), InProcess
        return
    division = divided(source, sample_claims)
    history = known_history(source, config, known_on, division.held)
    say(
        f"Left to the workers: {division.left_claims:,} claims in "
        f"{len(division.left)} parts"
    )
    folder = Path(source).resolve()
    with open_cluster(cluster) as client:
        yield history, partial(ClusterGrower, client, folder, division.left)
