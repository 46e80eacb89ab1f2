from pathlib import Path

import pytest

from features.errors import HistoryError
from features.outcomes import History
from features.sources.tables import write_history
from training.config import Config
from training.data import load_history, sba_path


@pytest.fixture
def small(config: Config) -> Config:
    market = config.simulated.model_copy(update={"claims": 300})
    return config.model_copy(update={"simulated": market})


def test_the_embedded_market_follows_the_configuration(small: Config) -> None:
    history = load_history("simulated", small)
    assert history.simulated
    assert len(history) == 300
    assert history.observed_until == small.simulated.observed_until
    first = min(history.package.claims["cutoff_date"].to_pylist())
    assert first >= small.simulated.first_cutoff
    again = load_history("simulated", small)
    assert again.package.claims.equals(history.package.claims)
    assert again.ledger.equals(history.ledger)


def test_a_directory_is_read_as_tables(
    small: Config, history: History, tmp_path: Path
) -> None:
    write_history(history, tmp_path / "mine")
    again = load_history(str(tmp_path / "mine"), small)
    assert again.ledger.equals(history.ledger)


def test_an_unknown_source_is_refused_with_those_that_exist(small: Config) -> None:
    with pytest.raises(
        HistoryError, match="source 'mars' is neither simulated, sba nor a directory"
    ):
        load_history("mars", small)


def test_the_charge_offs_are_found_through_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small: Config
) -> None:
    file = tmp_path / "SBAnational.csv"
    monkeypatch.setenv("RECOUP_SBA_CSV", str(file))
    with pytest.raises(
        HistoryError, match=r"no SBA charge-offs at .*set RECOUP_SBA_CSV"
    ):
        load_history("sba", small)
    file.touch()
    assert sba_path() == file


def test_the_charge_offs_load_by_name(sba_csv: Path, small: Config) -> None:
    assert sba_csv.is_file()
    history = load_history("sba", small)
    assert history.name == "sba"
    assert not history.simulated
