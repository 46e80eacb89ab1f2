import sys

import pytest

from features import cluster
from features.cluster import open_cluster
from features.errors import ConfigError


@pytest.mark.parametrize("address", ["local:0", "local:two", "localhost", "10.0.0.1:1"])
def test_an_address_that_is_none_is_refused_with_those_that_are(address: str) -> None:
    with (
        pytest.raises(ConfigError, match="write local, local:4 or tcp://host:port"),
        open_cluster(address),
    ):
        pass


def test_a_scheduler_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_ANSWER", 0.5)
    with (
        pytest.raises(ConfigError, match=r"no scheduler answers at tcp://127\.0\.0\.1"),
        open_cluster("tcp://127.0.0.1:1"),
    ):
        pass


def test_without_dask_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ConfigError, match=r"pip install 'recoup\[cluster\]'"),
        open_cluster("local"),
    ):
        pass
