"""How much time and memory the reading of a file may take, by its size.

A file of a kilobyte that needs a gigabyte is no tape. An honest tape takes up to 31
times its size in memory and a quarter of a second per megabyte (``benchmarks.tape``).
"""

import resource
from dataclasses import dataclass
from typing import Self

import psutil

MEGABYTE = 1 << 20
LEAST_MEMORY_BYTES = 160 * MEGABYTE
MEMORY_PER_BYTE = 48
LARGEST_MEMORY_BYTES = 2 << 30
LEAST_CPU_SECONDS = 3
CPU_SECONDS_PER_MEGABYTE = 1.5
# Neighbours on the machine may take most of a processor.
LEAST_WALL_SECONDS = 15.0
WALL_SECONDS_PER_MEGABYTE = 4.0


@dataclass(frozen=True)
class Allowance:
    """What one step of reading a file may take.

    Attributes:
        memory_bytes: Memory beyond what the child has when it is idle.
        cpu_seconds: Seconds of the processor.
        wall_seconds: Seconds of the clock.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float

    @classmethod
    def of(cls, size: int, largest_memory_bytes: int) -> Self:
        """The allowance of a file.

        Args:
            size: Of the file, in bytes.
            largest_memory_bytes: Most memory that any file may take.
        """
        megabytes = size / MEGABYTE
        memory = LEAST_MEMORY_BYTES + MEMORY_PER_BYTE * size
        return cls(
            min(memory, largest_memory_bytes),
            LEAST_CPU_SECONDS + int(CPU_SECONDS_PER_MEGABYTE * megabytes),
            LEAST_WALL_SECONDS + WALL_SECONDS_PER_MEGABYTE * megabytes,
        )


def memory_in_use() -> int:
    """Bytes of addresses that this process holds."""
    used: int = psutil.Process().memory_info().vms
    return used


def confine_memory(beyond_bytes: int) -> None:
    """Let this process take so much beyond what it holds now, and never more."""
    most = memory_in_use() + beyond_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
