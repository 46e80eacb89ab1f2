from importlib.resources import files
from pathlib import Path

import pytest

from features.errors import ConfigError
from training.config import load_config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def test_the_default_configuration_says_why_of_every_key() -> None:
    text = files("training").joinpath("config.toml").read_text("utf-8").splitlines()
    for number, line in enumerate(text):
        if " = " in line:
            before = text[number - 1]
            assert before.startswith(("#", "[")) or " = " in before, line
    assert load_config() == load_config()


def test_a_file_replaces_keys_one_by_one(file: Path) -> None:
    file.write_text("[curve]\ntrees = 7\n[evaluation]\nembargo_months = 24\n")
    default, mine = load_config(), load_config(file)
    assert mine.curve.trees == 7
    assert mine.evaluation.embargo_months == 24
    assert mine.curve.model_copy(update={"trees": default.curve.trees}) == default.curve
    assert mine.horizon == default.horizon


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[curves]\ntrees = 7", r"there is no section \[curves\]"),
        ("trees = 7", r"there is no section \[trees\]"),
        ("curve = 7", r"curve is a section: write \[curve\] on a line"),
        ("[[curve]]\ntrees = 7", r"curve is a section: write \[curve\] on a line"),
        ("[curve]\ntree = 7", "curve.tree: no such key"),
        ("[curve]\ntrees = 0", r"curve.trees: .*greater than or equal to 1 \(got 0\)"),
        ("[curve]\ntrees = 7.5", "curve.trees: .*valid integer"),
        ('[curve]\ntrees = "7"', "curve.trees: .*valid integer"),
        ("[curve]\ntrees = true", "curve.trees: .*valid integer"),
        ("[curve]\nridge = nan", "curve.ridge: .*finite number"),
        ("[curve]\nlearning_rate = inf", "curve.learning_rate: .*finite number"),
        ("[factor]\nfloor = 0.5\nceiling = 0.1", "factor: .*floor lies above ceiling"),
        ("[simulated]\nfirst_cutoff = 'then'", "simulated.first_cutoff: .*valid date"),
        ("[curve\ntrees = 7", "is not TOML"),
    ],
)
def test_a_wrong_configuration_is_refused_by_section_and_key(
    file: Path, text: str, message: str
) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=message) as refused:
        load_config(file)
    assert str(file) in str(refused.value)
    assert refused.value.exit_status == 2


def test_a_missing_or_binary_file_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_config(file)


def test_a_file_of_an_editor_of_windows_is_read(file: Path) -> None:
    file.write_text("# 树\n[curve]\ntrees = 7\n", "utf-8-sig")
    assert load_config(file).curve.trees == 7
    file.write_text("# 树\n[curve]\ntrees = 7\n", "gb18030")
    with pytest.raises(ConfigError, match="save it as UTF-8") as refused:
        load_config(file)
    assert "请另存为 UTF-8" in refused.value.zh


def test_every_wrong_key_is_named_at_once(file: Path) -> None:
    file.write_text("[curve]\ntrees = 0\nleaves = 1\n")
    with pytest.raises(ConfigError, match=r"curve\.trees.*curve\.leaves"):
        load_config(file)
