from pathlib import Path

import pytest

from features.errors import ConfigError
from features.personal.keys import KeyPlace, Keys
from features.personal.pseudonyms import Pseudonyms

KEY = Pseudonyms(b"k" * 32)


def test_one_person_keeps_one_sign_however_the_number_is_written() -> None:
    sign = KEY.of("110105194912310021")
    assert KEY.of(" 110105-19491231-0021") == sign
    assert KEY.of("１１０１０５１９４９１２３１００２１") == sign
    assert KEY.of("110105194912310022") != sign
    assert Pseudonyms(b"l" * 32).of("110105194912310021") != sign


def test_an_old_number_is_the_new_one() -> None:
    assert KEY.of("110105491231002") == KEY.of("11010519491231002X")


def test_only_what_tells_of_a_person_is_replaced() -> None:
    assert KEY.protected("HT-2021/张伟/01") == f"HT-2021/{KEY.of('张伟')}/01"
    assert KEY.protected("HT-2021") == "HT-2021"


def test_tenants_have_signs_of_their_own(tmp_path: Path) -> None:
    keys = KeyPlace(tmp_path / "keys").keys()
    assert keys.pseudonyms("a").of("张伟") != keys.pseudonyms("b").of("张伟")


def test_keys_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    place = KeyPlace(tmp_path / "new" / "keys")
    assert place.keys() == place.keys()
    assert place.file.stat().st_mode & 0o077 == 0
    assert list(place.file.parent.iterdir()) == [place.file]


def test_a_person_keeps_a_sign_when_keys_are_rotated(tmp_path: Path) -> None:
    place = KeyPlace(tmp_path / "keys")
    before = place.keys()
    place.replace(before.with_new())
    after = place.keys()
    assert after.present != before.present
    assert set(before.wrapping) < set(after.wrapping)
    assert after.pseudonyms("a") == before.pseudonyms("a")


def test_keys_may_stand_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys.made()
    monkeypatch.setenv("RECOUP_PERSONAL_KEYS", keys.text())
    monkeypatch.setenv("RECOUP_PERSONAL_KEY_FILE", str(tmp_path / "none"))
    place = KeyPlace.of_environment()
    assert place.keys() == keys
    assert not (tmp_path / "none").exists()
    with pytest.raises(ConfigError, match="change them there"):
        place.replace(keys)


@pytest.mark.parametrize(
    "words", ["", "pseudonyms:AAAA", "a b c", f"one:{'A' * 43}=", "\x00:\x00"]
)
def test_what_is_no_key_is_refused_without_being_told(words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Keys.of(words, "the file")
    assert "AAAA" not in str(refused.value)
