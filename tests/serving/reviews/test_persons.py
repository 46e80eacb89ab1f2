import pytest

from serving.reviews.persons import is_legible, person_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Li Lei", "lilei"),
        ("Ｌｉ　Ｌｅｉ", "LI LEI"),
        ("李 雷", "李雷"),
        ("STRASSE", "straße"),
        ("ﬁnn", "FINN"),
    ],
)
def test_case_width_and_spaces_do_not_tell_persons_apart(one: str, other: str) -> None:
    assert person_key(one) == person_key(other)


def test_other_names_are_other_persons() -> None:
    assert person_key("李雷") != person_key("韩梅梅")


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\x00", "\ud800", "\u2028"])
def test_characters_that_do_not_show_are_told(hidden: str) -> None:
    assert not is_legible(f"Li{hidden}Lei")
    assert is_legible("李雷 O'Neill-Müller")
