"""What is shipped hangs together: image, compose, chart and locks name what exists."""

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.settings import SECRETS, Settings

ROOT = Path(__file__).resolve().parents[2]
KNOWN = {f"RECOUP_{name.upper()}" for name in Settings.model_fields}
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def loaded(name: str) -> Any:
    return yaml.safe_load(text(name))


def is_known(variable: str) -> bool:
    return variable in {*KNOWN, SECRETS} or not variable.startswith("RECOUP_")


def test_the_image_runs_what_was_tested_and_nothing_of_the_tests() -> None:
    shipped = set(PINNED.findall(text("requirements-serving.lock")))
    tested = set(PINNED.findall(text("requirements.lock")))

    assert shipped <= tested
    assert len(shipped) > 100
    assert not {"pytest", "mypy", "ruff", "playwright"} & {name for name, _ in shipped}


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text("Dockerfile"), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    let_through = re.findall(r"^!(\S+)$", text(".dockerignore"), re.MULTILINE)

    assert sources == set(let_through)
    assert all((ROOT / source).exists() for source in sources)


def test_the_image_never_runs_as_root_and_needs_no_curl() -> None:
    last = text("Dockerfile").rpartition("\nFROM ")[2]

    assert "USER 10001:10001" in last
    assert not re.search(r"\b(curl|wget|gcc|build-essential|tests)\b", last)


def test_compose_holds_no_secret_and_only_known_settings() -> None:
    compose = loaded("deploy/compose.yaml")
    services = compose["services"]

    for service in services.values():
        named = service.get("environment", {})
        assert all(map(is_known, named)), named
        passwords = [n for n in named if "PASSWORD" in n and not n.endswith("_FILE")]
        assert passwords == []
    for secret in compose["secrets"].values():
        assert set(secret) == {"file"}
    published = [p for s in services.values() for p in s.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_chart_names_known_settings() -> None:
    settings = loaded("deploy/chart/values.yaml")["settings"]
    templates = "".join(
        path.read_text("utf-8") for path in (ROOT / "deploy/chart").rglob("*.*")
    )

    assert all(map(is_known, settings))
    assert set(re.findall(r"RECOUP_[A-Z_]+", templates)) <= {*KNOWN, SECRETS} | {
        "RECOUP_PERSONAL_KEYS"
    }


def test_the_chart_is_of_this_version() -> None:
    chart = loaded("deploy/chart/Chart.yaml")
    version = re.search(r'^version = "(.+)"$', text("pyproject.toml"), re.MULTILINE)

    assert version is not None
    assert chart["version"] == chart["appVersion"] == version[1]


def test_the_workflow_pins_actions_by_commit_and_grants_little() -> None:
    workflow = text(".github/workflows/ci.yml")
    used = re.findall(r"uses: (\S+)", workflow)

    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert loaded(".github/workflows/ci.yml")["permissions"] == {}


@pytest.fixture
def made_secrets(tmp_path: Path) -> Path:
    script = tmp_path / "make_secrets"
    script.write_bytes((ROOT / "deploy/make_secrets").read_bytes())
    subprocess.run(["bash", str(script)], check=True, capture_output=True)  # noqa: S603, S607
    return tmp_path / "secrets"


def test_secrets_are_made_once_and_for_one_reader(made_secrets: Path) -> None:
    password = (made_secrets / "database_password").read_text()
    again = [str(made_secrets.parent / "make_secrets")]
    subprocess.run(["bash", *again], check=True, capture_output=True)  # noqa: S603, S607
    assert (made_secrets / "database_password").read_text() == password
    url = (made_secrets / "recoup_database_url").read_text()

    assert len(password) >= 30
    assert url == f"postgresql+psycopg://recoup:{password}@database:5432/recoup"
    assert {p.name for p in made_secrets.iterdir()} == {
        "database_password",
        "recoup_database_url",
    }
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in made_secrets.iterdir())


def test_the_unit_of_systemd_waits_longer_than_stopping_takes() -> None:
    unit = text("deploy/recoup.service")
    settings = dict(re.findall(r"(\S+)=(\S+)", unit))

    assert int(settings["TimeoutStopSec"]) > Settings().stop_seconds + 5
    assert settings["KillMode"] == "mixed"
    assert set(re.findall(r"RECOUP_[A-Z_]+(?==)", unit)) <= {*KNOWN, SECRETS}
    assert "LoadCredential=recoup_database_url:" in unit


def test_training_asks_the_registry_of_the_service() -> None:
    settings = loaded("deploy/compose.yaml")["services"]["recoup"]["environment"]
    rendered = text("deploy/chart/templates/settings.yaml")

    assert settings["MLFLOW_TRACKING_URI"] == "http://registry:5000"
    assert "MLFLOW_TRACKING_URI: {{ . | quote }}" in rendered
