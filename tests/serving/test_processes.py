"""The processes of a service, seen from the one that keeps them."""

import subprocess
import sys
from pathlib import Path

import psutil

KEEPER = """
import multiprocessing
import time

from serving.processes import follow_parent


def kept():
    follow_parent()
    print("up", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=kept)
    child.start()
    print(child.pid, flush=True)
    child.join()
"""


def test_a_process_ends_with_the_one_that_keeps_it(tmp_path: Path) -> None:
    program = tmp_path / "keeper.py"
    program.write_text(KEEPER)
    with subprocess.Popen(  # noqa: S603
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True
    ) as keeper:
        assert keeper.stdout is not None
        kept = psutil.Process(int(keeper.stdout.readline()))
        assert keeper.stdout.readline() == "up\n"
        keeper.kill()
        keeper.wait()
        gone, left = psutil.wait_procs([kept], timeout=30)

    assert left == []
    assert gone == [kept]
