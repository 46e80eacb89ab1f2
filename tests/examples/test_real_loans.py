"""The example of real loans: the main job on what no market of ours made up."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def figures(page: str) -> list[float]:
    """Loans, amounts and the range of the package, as the page states them."""
    (line,) = re.findall(r"^[\d,]+ loans, .*$", page, re.MULTILINE)
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]+\d", line)]


def test_real_loans_are_priced_by_batch_and_upload_as_the_page_says(
    sba_csv: Path, tmp_path: Path
) -> None:
    environment = {n: v for n, v in os.environ.items() if "RECOUP" not in n}
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "examples/sba_2010.py", "--folder", str(tmp_path)],
        cwd=ROOT,
        env={**environment, "RECOUP_SBA_CSV": str(sba_csv.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr[-2000:]
    page = (ROOT / "docs" / "sba-2010.md").read_text("utf-8")
    assert len(figures(page)) == 6
    assert figures(run.stdout) == pytest.approx(figures(page), rel=0.02)
