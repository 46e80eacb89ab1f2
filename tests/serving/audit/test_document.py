"""The thirty lines of docs/audit.md by which anybody checks a log without Recoup."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from serving.access.who import local_user
from serving.audit.keys import Keys
from serving.audit.log import Audit
from serving.audit.signing import Signing
from serving.storage.store import Store

DOCUMENT = Path(__file__).parents[3] / "docs" / "audit.md"


@pytest.fixture
def check(
    tmp_path: Path,
    store: Store,
    keys: Keys,
    signing: Signing,
    append: Callable[[int], None],
) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Runs the lines on a log of some entries and the head of all but two."""
    (program,) = re.findall(
        r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL
    )
    script, head = tmp_path / "check.py", tmp_path / "head.json"
    script.write_text(program, "utf-8")
    append(11)
    with store.session() as session:
        facts = {"model_version": 'a "quoted"\\ text\twith ∅ 债权 \x7f'}
        Audit.append(session, local_user(), "model.refused", "é", facts)
    signed = signing.sign()
    assert signed is not None
    head.write_bytes(orjson.dumps(signed.plain(keys.signing().public)))
    append(2)
    command = [sys.executable, str(script), str(tmp_path / "recoup.db"), str(head)]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    return run


def test_a_whole_log_is_found_to_be_whole(
    check: Callable[[], subprocess.CompletedProcess[str]],
) -> None:
    assert check().stdout == "15 entries are whole, 13 of them signed\n"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE audit_entries SET facts = '{} ' WHERE number = 5",
            "entry 5 is broken",
        ),
        ("DELETE FROM audit_entries WHERE number = 3", "entry 3 is broken"),
    ],
)
def test_a_broken_log_is_found_to_be_broken(
    check: Callable[[], subprocess.CompletedProcess[str]],
    store: Store,
    statement: str,
    said: str,
) -> None:
    with store.session_of_all() as session:
        for change in ("update", "delete"):
            session.execute(text(f"DROP TRIGGER audit_entries_{change}"))
        session.execute(text(statement))

    found = check()
    assert found.returncode == 1
    assert said in found.stderr
