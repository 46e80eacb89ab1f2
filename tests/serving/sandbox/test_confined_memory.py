"""A process that may take so much memory and no more."""

import subprocess
import sys

HUNGRY = """
from serving.sandbox.allowance import confine_memory

confine_memory(64 << 20)
little = bytearray(8 << 20)
try:
    bytearray(256 << 20)
except MemoryError:
    print("refused")
"""


def test_memory_beyond_what_is_allowed_is_refused() -> None:
    said = subprocess.run(  # noqa: S603
        [sys.executable, "-c", HUNGRY], capture_output=True, text=True, check=True
    )

    assert said.stdout == "refused\n"
