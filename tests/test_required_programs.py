from collections.abc import Callable

import pytest

ABSENT = "no-such-program"


def test_a_program_of_the_system_is_found(
    required_program: Callable[[str], str],
) -> None:
    assert required_program("sh").endswith("/sh")


def test_a_missing_program_skips_and_says_so(
    required_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"program {ABSENT} is not"):
        required_program(ABSENT)


def test_ci_fails_without_a_program(
    required_program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"program {ABSENT} is not"):
        required_program(ABSENT)
