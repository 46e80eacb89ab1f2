"""An artefact may hold whatever code it likes: the service runs none of it."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.settings import Settings
from tests.plugins.models import Registrar
from tests.plugins.rows import Report

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Takes versions in and prices, values and explains by each, listening all the while.
# What is opened of the artefacts, and every class that a pickle asks for, is written
# down, but for numba, which keeps code of its own as pickles.
SERVICE = """
import sys
from pathlib import Path
heard = []
def listen(event, arguments):
    if event == "open" and "{store}" in str(arguments[0]):
        heard.append(f"open {{Path(str(arguments[0])).name}}")
    if event == "pickle.find_class":
        frame, files = sys._getframe(1), []
        while frame is not None:
            files.append(frame.f_code.co_filename)
            frame = frame.f_back
        if not any("/numba/" in file for file in files):
            heard.append(f"unpickle {{arguments}}")
sys.addaudithook(listen)
from fastapi.testclient import TestClient
from serving.access.local import local_key
from serving.app import create_app
from serving.schemas import EXAMPLE
from serving.settings import read_settings
from mlflow import MlflowClient
settings = read_settings()
registry = MlflowClient(settings.tracking_uri, settings.tracking_uri)
if __name__ == "__main__":
    with TestClient(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {{local_key(settings, 'tests')}}"
        for version in {versions}:
            registry.set_registered_model_alias("recovery", "champion", version)
            told = client.post("/v1/model/reload").json()
            assert told["version"] == version, told
            assert client.post("/v1/prices", json=EXAMPLE).status_code == 200
            answer = client.post("/v1/valuations", json=EXAMPLE).json()
            assert answer["claims"][0]["drivers"], answer
    print(*heard, sep="\\n")
"""


class Poison:
    """A pickle that leaves a file behind when it is read."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self._canary,)


def poisoned(files: Path, folder: Path, canary: Path) -> Path:
    """A whole model with everything beside it that could run somewhere."""
    copy = Path(shutil.copytree(files, folder))
    code = f"from pathlib import Path; Path({str(canary)!r}).touch()\n"
    (copy / "python_model.pkl").write_bytes(pickle.dumps(Poison(canary)))
    (copy / "code").mkdir()
    (copy / "code" / "sitecustomize.py").write_text(code)
    (copy / "__init__.py").write_text(code)
    (copy / "paths-evil.txt").write_text(code)
    (copy / "MLmodel").write_text(
        "flavors:\n  python_function:\n    loader_module: sitecustomize\n"
        "    code: code\n    python_model: python_model.pkl\n"
    )
    (copy / "..%2f..%2fescaped.txt").write_text(code)
    (copy / "endless").symlink_to("/dev/zero")
    return copy


def test_a_poisoned_artefact_does_nothing(
    registrar: Registrar,
    released_model: Path,
    shifted_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    report: Report,
    *,
    long: bool,
) -> None:
    canary = tmp_path / "canary"
    versions = []
    for number, files in enumerate(
        (released_model, shifted_model) if long else (released_model,)
    ):
        bad = poisoned(files, tmp_path / f"bad-{number}", canary)
        version = registrar.register(files)
        shutil.copytree(
            bad, registrar.artefacts(version), dirs_exist_ok=True, symlinks=True
        )
        versions.append(version)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/recoup.db",
        tracking_uri=registrar.uri,
        model_cache=tmp_path / "models",
        model_refresh_seconds=0,
        audit_folder=tmp_path / "audit",
    )
    registrar.crown(versions[0])
    for name, value in settings.model_dump(exclude_unset=True).items():
        monkeypatch.setenv(f"RECOUP_{name.upper()}", str(value))
    script = tmp_path / "listening.py"
    script.write_text(
        SERVICE.format(store=registrar.folder / "artefacts", versions=versions)
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
    heard = set(done.stdout.split("\n")) - {""}
    assert not canary.exists()
    assert not [line for line in heard if line.startswith("unpickle")]
    opened = {line.removeprefix("open ") for line in heard if line.startswith("open")}
    assert {Path(name).suffix for name in opened} <= {".txt", ".json", ""}
    assert not opened & {"python_model.pkl", "MLmodel", "endless", "paths-evil.txt"}
    report(
        f"{len(opened)} files of 2 poisoned artefacts were opened, 0 run or unpickled"
    )
