import pyarrow as pa

from features import catalogue
from models.paths.path import NO_PATH, PATHS, path_of_label, path_zh, paths_of


def test_every_label_of_a_history_means_one_of_the_six_paths() -> None:
    labels = catalogue.field("workouts", "disposal_path").values
    assert path_of_label().keys() == labels.keys()
    assert set(path_of_label().values()) == set(range(len(PATHS)))


def test_a_work_out_without_a_label_has_no_path() -> None:
    found = paths_of(pa.chunked_array([["litigation", None], ["bankruptcy"]]))
    assert found.tolist() == [PATHS.index("sue"), NO_PATH, PATHS.index("sue")]


def test_every_path_has_a_chinese_name() -> None:
    assert len({path_zh(path) for path in PATHS}) == len(PATHS)
