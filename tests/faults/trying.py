"""Many models tried one after the other, each in a child of one clean process.

``python -m tests.faults.trying GOOD`` reads the folder of a model from each line and
answers with the exit status of its trial and the verdict. A trial as the service starts
it imports its libraries anew, which takes seconds; here a process that has them, and
has tried one good model on one thread, is forked for each.
"""

import os
import signal
import sys
from pathlib import Path

import orjson

from serving.champion.confined import shut_in, verdict_on

HANGS_AFTER_SECONDS = 120


def main(good: Path) -> None:
    """Try whatever is asked for until nothing is."""
    verdict_on(good)
    for line in sys.stdin:
        told = orjson.dumps(tried(Path(line.rstrip("\n")))).decode()
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()


def tried(folder: Path) -> tuple[int, str]:
    """Exit status of the trial of a model, and what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(HANGS_AFTER_SECONDS)
        shut_in()
        os.write(writing, verdict_on(folder).model_dump_json().encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


if __name__ == "__main__":
    main(Path(sys.argv[1]))
