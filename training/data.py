"""Where disposal history comes from: simulated, SBA, or a directory of one's own."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from features.console import say
from features.errors import HistoryError
from features.outcomes import History
from features.sources import sba, simulated, tables
from training.config import Config

SBA_VARIABLE = "RECOUP_SBA_CSV"
PROJECT = Path(__file__).resolve().parent.parent
SBA_SAMPLE = PROJECT.parent / "shared" / "data" / "sba_7a_chargeoffs.csv.gz"


def _simulated(config: Config) -> History:
    market = config.simulated
    return simulated.simulate_history(
        claims=market.claims,
        seed=market.seed,
        first_cutoff=market.first_cutoff,
        observed_until=market.observed_until,
    )


def sba_path() -> Path:
    """The SBA file: RECOUP_SBA_CSV, or the sample beside the project.

    Raises:
        HistoryError: There is neither.
    """
    path = Path(os.environ.get(SBA_VARIABLE, SBA_SAMPLE))
    if not path.is_file():
        raise HistoryError(
            f"no SBA charge-offs at {path}: set {SBA_VARIABLE} to SBAnational.csv",
            zh=f"{path} 处没有 SBA 核销数据；请将 {SBA_VARIABLE} 设为 SBAnational.csv",
        )
    return path


def _sba(_: Config) -> History:
    return sba.read_history(sba_path())


_NAMED: Mapping[str, Callable[[Config], History]] = {
    "simulated": _simulated,
    "sba": _sba,
}


def load_history(
    source: str, config: Config, parts: Sequence[str] | None = None
) -> History:
    """The history of a source.

    Args:
        source: ``simulated``, ``sba`` or a directory of tables.
        config: Size and seed of the simulated market.
        parts: Parts of a partitioned directory to read; all of it when absent.

    Raises:
        HistoryError: There is no such source, or it cannot be used.
    """
    named = _NAMED.get(source)
    if named:
        return named(config)
    if not Path(source).is_dir():
        raise HistoryError(
            f"source {source!r} is neither {', '.join(_NAMED)} nor a directory",
            zh=f"数据来源 {source!r} 既不是 {'、'.join(_NAMED)}，也不是文件夹",
        )
    return tables.read_history(Path(source), parts)


def known_history(
    source: str,
    config: Config,
    known_on: datetime | None,
    parts: Sequence[str] | None = None,
) -> History:
    """The same as it was known on a day, or is now; says what is read."""
    say(f"Reading disposal history: {source}")
    history = load_history(source, config, parts)
    return history.known_on(known_on.date()) if known_on else history
