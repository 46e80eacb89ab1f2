"""What the pages on client and curl tell people to run, run against the service."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PRINTED = "http://127.0.0.1:8000"


def blocks(page: str, language: str, address: str) -> str:
    """The blocks of a page in one language, one after the other."""
    text = (ROOT / "docs" / page).read_text("utf-8").replace(PRINTED, address)
    return "\n".join(
        re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    )


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, where what is written stays."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_on_the_client_runs(
    address: str, desktop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(blocks("client.md", "python", address), "client.md", "exec"), {})  # noqa: S102

    printed = capsys.readouterr().out
    assert "/claims/0/principal" in printed
    assert (desktop / "valuation.xlsx").read_bytes()[:2] == b"PK"


def test_the_page_on_curl_runs(
    address: str, desktop: Path, required_program: Callable[[str], str]
) -> None:
    required_program("curl")
    script = blocks("curl.md", "sh", address)
    run = subprocess.run(  # noqa: S603
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-2_000:] + run.stderr
    assert (desktop / "out/bid.xlsx").read_bytes()[:2] == b"PK"
    assert '"ready":true' in run.stdout
