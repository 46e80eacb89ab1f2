from tests.plugins.sharing import LONGEST, TESTS


def test_files_that_begin_first_are_there_and_named_once() -> None:
    assert [name for name in LONGEST if not (TESTS / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)
