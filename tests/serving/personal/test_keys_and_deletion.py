from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select

from features.errors import ConfigError, NotFoundError
from features.personal.keys import KeyPlace, Keys
from serving.audit.tables import AuditEntry
from serving.personal.certificate import FORMS
from serving.personal.destroying import Wish, certificate, destroy
from serving.personal.program import personal
from serving.personal.rotating import rotate
from serving.personal.tables import PersonalKey, PersonalRecord
from serving.personal.viewing import Asked, show
from serving.storage.store import Store

Keep = Callable[..., str]
pytestmark = pytest.mark.every_database
WHY = "call the debtor"


def test_keys_are_rotated_and_the_old_one_forgotten(vaulted: Store, keep: Keep) -> None:
    valuation = keep(vaulted)
    before = vaulted.key_place.keys()
    done = rotate(vaulted, new=True)
    assert (done.wrapped, done.old) == (1, (before.present,))
    assert done.key != before.present
    again = rotate(vaulted, forget=True)
    assert (again.wrapped, again.old) == (0, ())
    assert list(vaulted.key_place.keys().wrapping) == [done.key]
    assert show(vaulted, Asked(valuation, WHY)).total == 2


def test_older_keys_open_what_they_closed(vaulted: Store, keep: Keep) -> None:
    place = vaulted.key_place
    first = keep(vaulted)
    place.replace(place.keys().with_new())
    second = keep(vaulted)
    for valuation in (first, second):
        assert show(vaulted, Asked(valuation, WHY)).total == 2


def test_keys_of_the_environment_are_changed_there(vaulted: Store, keep: Keep) -> None:
    old = Keys.made()
    vaulted.key_place = KeyPlace(words=old.text())
    valuation = keep(vaulted)
    with pytest.raises(ConfigError, match="change them there"):
        rotate(vaulted, new=True)
    vaulted.key_place = KeyPlace(words=old.with_new().text())
    assert rotate(vaulted).wrapped == 1
    assert show(vaulted, Asked(valuation, WHY)).total == 2


def test_a_package_is_destroyed_with_all_its_valuations(
    vaulted: Store, keep: Keep
) -> None:
    gone, other = [keep(vaulted), keep(vaulted)], keep(vaulted, "OTHER")
    content = destroy(vaulted, Wish("PKG"))
    assert (content["claims"], content["persons"]) == (4, 6)
    assert [key["subject"] for key in content["keys"]] == sorted(gone)
    for valuation in gone:
        with pytest.raises(NotFoundError, match="destroyed"):
            show(vaulted, Asked(valuation, WHY))
    assert show(vaulted, Asked(other, WHY)).total == 2
    with vaulted.session() as session:
        for table in (PersonalKey, PersonalRecord):
            left = select(func.count()).where(table.subject.in_(gone))
            assert session.scalar(left) == 0
    with pytest.raises(NotFoundError):
        destroy(vaulted, Wish("PKG"))


def test_a_certificate_stands_in_the_audit_log(vaulted: Store, keep: Keep) -> None:
    keep(vaulted)
    content = destroy(vaulted, Wish("PKG"))
    assert certificate(vaulted, content["certificate"]) == content
    told = {name: said for name, said in content.items() if name != "sha256"}
    digest = sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    with vaulted.session() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("personal.deleted", "PKG")
    assert f'"certificate_sha256":"{digest}"' in entry.facts


def test_only_what_is_older_is_destroyed(vaulted: Store, keep: Keep) -> None:
    keep(vaulted)
    with pytest.raises(NotFoundError):
        destroy(vaulted, Wish(older_than=timedelta(days=1)))
    content = destroy(vaulted, Wish(older_than=timedelta(0)))
    assert content["claims"] == 2


def test_years_of_valuations_are_destroyed_at_once(vaulted: Store, keep: Keep) -> None:
    keep(vaulted)
    keep(vaulted)
    row = {
        "tenant": vaulted.who.tenant,
        "created_at": datetime.now(UTC),
        "fingerprint": "",
        "wrapped": b"",
        "wrapped_by": "",
    }
    many = [{**row, "subject": f"{number:026}"} for number in range(70_000)]
    with vaulted.session() as session:
        session.execute(insert(PersonalKey), many)

    content = destroy(vaulted, Wish(older_than=timedelta(0)))

    assert len(content["keys"]) == 70_002
    assert (content["claims"], content["persons"]) == (4, 6)
    with pytest.raises(NotFoundError):
        destroy(vaulted, Wish(older_than=timedelta(0)))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("form", "begins"), [(".json", b"{"), (".html", b"<!doctype"), (".pdf", b"%PDF")]
)
def test_a_certificate_is_a_file(
    vaulted: Store, keep: Keep, form: str, begins: bytes, language: str
) -> None:
    keep(vaulted)
    made = FORMS[form](destroy(vaulted, Wish("PKG")), language)  # type: ignore[arg-type]
    assert made.startswith(begins)


def test_the_programs_do_the_same(
    vaulted: Store,
    keep: Keep,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RECOUP_DATABASE_URL", database_url)
    monkeypatch.setenv("RECOUP_PERSONAL_KEY_FILE", str(vaulted.key_place.file))
    keep(vaulted)
    ran = CliRunner().invoke(personal, ["rotate", "--new", "--forget", "--json"])
    assert ran.exit_code == 0, ran.output
    assert orjson.loads(ran.stdout)["wrapped"] == 1
    ran = CliRunner().invoke(personal, ["keys"])
    assert ran.stdout.endswith("wraps\n")
    out = tmp_path / "certificate.json"
    ran = CliRunner().invoke(personal, ["delete", "PKG", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    told = orjson.loads(out.read_bytes())
    again = tmp_path / "again.json"
    asked = ["certificate", told["certificate"], str(again)]
    assert CliRunner().invoke(personal, asked).exit_code == 0
    assert again.read_bytes() == out.read_bytes()
