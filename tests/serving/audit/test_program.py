"""python -m serving audit: what it says of a whole log and of a broken one."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from serving.audit.program import audit
from serving.storage.store import Store


@pytest.fixture
def run(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    monkeypatch.setenv("RECOUP_DATABASE_URL", database_url)
    monkeypatch.setenv("RECOUP_AUDIT_FOLDER", str(tmp_path / "audit"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(audit, arguments, standalone_mode=False)

    return invoke


def test_a_whole_log_is_said_to_be_whole(
    run: Callable[..., Result], append: Callable[[int], None]
) -> None:
    append(3)

    assert "the last 3 are not signed yet" in run("verify").output
    signed = orjson.loads(run("head").output)
    found = run("verify")
    assert signed["size"] == 4
    assert found.return_value == 0
    assert "4 entries" in found.output
    assert "whole 完整\n" in found.output


def test_a_broken_log_is_named_and_fails(
    run: Callable[..., Result], append: Callable[[int], None], store: Store
) -> None:
    append(5)
    with store.session_of_all() as session:
        session.execute(text("DROP TRIGGER audit_entries_update"))
        session.execute(text("UPDATE audit_entries SET who = 'x' WHERE number = 4"))

    found = run("verify")
    figures = orjson.loads(run("verify", "--json").output)

    assert found.return_value == 1
    assert "entry 4 was edited" in found.output
    assert "第 4 条被修改" in found.output
    assert figures["broken"] == {"kind": "edited", "first": 4, "last": 4}


def test_a_head_that_cannot_be_written_or_read_is_told(
    run: Callable[..., Result], append: Callable[[int], None], tmp_path: Path
) -> None:
    append(1)
    (tmp_path / "file").touch()
    out = str(tmp_path / "file" / "head.json")

    for asked, told in ((("head", "--out"), "write"), (("verify", "--head"), "read")):
        assert f"cannot {told} {out}" in str(run(*asked, out).exception)


def test_entries_are_listed_and_narrowed(
    run: Callable[..., Result], append: Callable[[int], None]
) -> None:
    append(3)
    run("head")

    def numbers(*arguments: str) -> list[int]:
        listed = orjson.loads(run("list", "--json", *arguments).output)
        return [entry["number"] for entry in listed["entries"]]

    assert numbers() == [4, 3, 2, 1]
    assert numbers("--subject", "D1") == [2]
    assert numbers("--action", "audit") == [4]
    assert numbers("--action", "audit.key_made") == [4]
    assert numbers("--limit", "2") == [4, 3]
    assert numbers("--until", "2000-01-01") == []
    assert "tape dropped 上传底表" in " ".join(run("list").output.split())


def test_an_entry_and_the_growth_since_a_head_are_proved(
    run: Callable[..., Result], append: Callable[[int], None], tmp_path: Path
) -> None:
    append(3)
    kept = tmp_path / "head.json"
    run("head", "--out", str(kept))
    append(6)

    proved = orjson.loads(run("prove", "2", "--head", str(kept)).output)

    assert proved["entry"]["subject"] == "D1"
    assert proved["head"]["size"] == 10
    assert len(proved["inclusion"]) == 4
    assert proved["earlier"] == orjson.loads(kept.read_bytes())
    assert "no signed entry 99" in str(run("prove", "99").exception)


def test_a_key_is_rotated_under_the_old_one(
    run: Callable[..., Result], append: Callable[[int], None]
) -> None:
    append(1)
    assert "signs in place of" in run("rotate-key").output

    assert run("verify").return_value == 0
    newest = orjson.loads(run("list", "--json", "--limit", "1").output)["entries"][0]
    assert newest["action"] == "audit.key_rotated"
    assert orjson.loads(run("head").output)["key"] == newest["subject"]
