from pathlib import Path

import pytest

from features.errors import ConfigError
from serving.settings import Settings, read_settings, unknown


def test_defaults_keep_to_this_machine_and_this_folder() -> None:
    settings = read_settings()

    assert settings.host == "127.0.0.1"
    assert settings.database_url == "sqlite:///var/recoup.db"
    assert settings.tracking_uri == "sqlite:///mlflow.db"
    assert settings.model_cache == Path("var/models")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    assert Settings.model_fields[name].description


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUP_PORT", "9001")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")

    settings = read_settings()

    assert settings.port == 9001
    assert settings.tracking_uri == "http://mlflow:5000"


def test_own_tracking_store_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    monkeypatch.setenv("RECOUP_TRACKING_URI", "sqlite:///own.db")

    assert read_settings().tracking_uri == "sqlite:///own.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECOUP_PORT", "http"),
        ("RECOUP_PORT", "0"),
        ("RECOUP_LARGEST_CLAIMS", "-1"),
        ("RECOUP_DRAFTS_DAYS", "31"),
        ("RECOUP_KEYS_DAYS", "31"),
        ("RECOUP_PUBLIC_ADDRESS", "recoup.example"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigError, match=f"{name} is '{value}': .*/configuration.md"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("RECOUP_PROT", "RECOUP_PROT is no setting and does nothing; RECOUP_PORT is"),
        ("RECOUP_DATABASE", "RECOUP_DATABASE_URL is one"),
        ("RECOUP_CONCURENT", "RECOUP_CONCURRENT_VALUATIONS is one"),
        ("RECOUP_WHATEVER", "does nothing; see docs/configuration.md"),
        ("RECOUP_PORT", None),
        ("RECOUP_API_KEY", None),
        ("RECOUP_SBA_CSV", None),
    ],
)
def test_a_variable_that_is_no_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str | None
) -> None:
    before = list(unknown())
    monkeypatch.setenv(name, "1")

    found = [slip for slip in unknown() if slip not in before]
    assert len(found) == (told is not None)
    assert (told or "") in "".join(found)


def test_a_store_of_another_kind_is_refused_and_its_password_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECOUP_DATABASE_URL", "mysql://recoup:hidden@db/recoup")

    with pytest.raises(ConfigError, match="must begin with sqlite:///") as refused:
        read_settings()
    assert "hidden" not in str(refused.value)


def test_secrets_are_read_from_files_and_variables_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "recoup_database_url").write_text("postgresql+psycopg://db/recoup")
    (tmp_path / "recoup_model_name").write_text("from-file")
    monkeypatch.setenv("RECOUP_SECRETS", str(tmp_path))
    monkeypatch.setenv("RECOUP_MODEL_NAME", "from-variable")

    settings = read_settings()

    assert settings.database_url == "postgresql+psycopg://db/recoup"
    assert settings.model_name == "from-variable"


def test_a_folder_of_secrets_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOUP_SECRETS", str(tmp_path / "absent"))

    with pytest.raises(ConfigError, match="no folder"):
        read_settings()
