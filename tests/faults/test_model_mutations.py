"""Harmed models: none ends the service, and none is served in place of the good one."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from models.recovery.artefact import files_sha256
from serving.champion import ModelCache
from serving.champion.trial import Verdict
from serving.schemas import EXAMPLE
from serving.settings import Settings
from tests.faults.mutants import Mutant, mutants
from tests.plugins.models import Registrar
from tests.plugins.rows import Report
from tests.plugins.service import Service

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PROJECT = Path(__file__).parents[2]
# Harmed with a hash made right; harmed only; against a service that runs.
TRIED = {False: (72, 36), True: (3_400, 1_000)}
SERVED = {False: 36, True: 640}
PROCESSES = 2


class Tryer:
    """A process that tries models on request."""

    def __init__(self, good: Path) -> None:
        command = [sys.executable, "-m", "tests.faults.trying", str(good)]
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._process = subprocess.Popen(  # noqa: S603
            command,
            cwd=PROJECT,
            env={**os.environ, **threads},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, folder: Path) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()

    def told(self) -> tuple[int, Verdict]:
        assert self._process.stdout is not None
        status, said = orjson.loads(self._process.stdout.readline())
        return status, Verdict.model_validate_json(said) if said else Verdict()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def tryers(released_model: Path) -> Iterator[list[Tryer]]:
    running = [Tryer(released_model) for _ in range(PROCESSES)]
    yield running
    for tryer in running:
        tryer.close()


def judge(
    tryers: list[Tryer], harmed: list[Iterator[Mutant]]
) -> Iterator[tuple[Mutant, str, int, Verdict]]:
    """Mutants with the hash over their files and what became of their trial."""
    for together in zip(*harmed, strict=True):
        pins = [_pin(mutant.folder) for mutant in together]
        for tryer, mutant in zip(tryers, together, strict=True):
            tryer.ask(mutant.folder)
        for tryer, mutant, pin in zip(tryers, together, pins, strict=True):
            yield mutant, pin, *tryer.told()


def _pin(folder: Path) -> str:
    return files_sha256(folder)


@pytest.mark.parametrize("rehashed", [True, False], ids=["hash made right", "as it is"])
def test_trials_of_harmed_models(
    rehashed: bool,
    tryers: list[Tryer],
    released_model: Path,
    shifted_model: Path,
    tmp_path: Path,
    report: Report,
    *,
    long: bool,
) -> None:
    count = TRIED[long][not rehashed]
    harmed = [
        mutants(
            released_model,
            shifted_model,
            tmp_path,
            count // PROCESSES,
            seed,
            rehashed=rehashed,
        )
        for seed in range(PROCESSES)
    ]
    good, ends = files_sha256(released_model), Counter[str]()
    crashes, passed = [], []
    for mutant, pin, status, verdict in judge(tryers, harmed):
        if status != 0:
            crashes.append(f"{mutant.kind}: {status}")
        elif verdict.sha256 and pin != good:
            passed.append(mutant.kind)
        ends["refused" if not verdict.sha256 else "fit"] += 1
    report(
        f"{count} mutations tried, hash made right: {rehashed}; "
        f"{ends['refused']} refused in words, {len(crashes)} crashed their trial, "
        f"{len(passed)} are whole models of another hash than the pin"
    )
    assert crashes == []
    assert rehashed or set(passed) <= {"golden rows", "bytes", "files mixed", "record"}


@pytest.fixture
def settings(registrar: Registrar, released_model: Path, tmp_path: Path) -> Settings:
    """An installation that serves a model, and whose registry names it."""
    registrar.crown(registrar.register(released_model))
    ModelCache(tmp_path / "models").add("recovery", "1", released_model)
    return Settings(
        database_url=f"sqlite:///{tmp_path}/recoup.db",
        tracking_uri=registrar.uri,
        model_cache=tmp_path / "models",
        model_refresh_seconds=0,
    )


def test_a_service_that_is_told_to_take_harmed_models(
    settings: Settings,
    registrar: Registrar,
    released_model: Path,
    shifted_model: Path,
    tmp_path: Path,
    report: Report,
    *,
    long: bool,
) -> None:
    version = registrar.register(shifted_model)
    place = registrar.artefacts(version)
    reasons: Counter[str] = Counter()
    with Service(settings) as service:
        before = prices(service)
        registrar.crown(version)
        pin = files_sha256(shifted_model)
        for mutant in mutants(
            shifted_model, released_model, tmp_path, SERVED[long], 7, rehashed=False
        ):
            if _pin(mutant.folder) == pin:
                continue
            shutil.rmtree(place)
            shutil.copytree(mutant.folder, place)
            told = service.client.post("/v1/model/reload").json()
            assert told["refused"]["version"] == version, mutant.kind
            assert prices(service) == before, mutant.kind
            reasons[told["refused"]["reason"].partition(": ")[2][:40]] += 1
        shutil.rmtree(place)
        shutil.copytree(shifted_model, place)
        mended = service.client.post("/v1/model/reload").json()
        after = prices(service)
        assert service.process.poll() is None
    report(
        f"{reasons.total()} mutations handed to a running service: 0 crashes, "
        f"0 wrong models served, {dict(reasons)}"
    )
    assert (mended["version"], mended["refused"]) == (version, None)
    assert after != before


def prices(service: Service) -> bytes:
    answer = service.client.post("/v1/prices", json=EXAMPLE)
    assert answer.status_code == 200, answer.text
    return answer.content
