"""What a server sends as a file of a model: so many bytes, in so much time."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from features.errors import ModelDamagedError, ModelUnavailableError

# A file of the largest size comes at a megabyte a second.
FETCH_SECONDS = 60.0
_BLOCK_BYTES = 1 << 16

Read = Callable[[int], bytes]


def keep_stream(read: Read, size: int, file: Path) -> None:
    """Write a file as its bytes come in.

    Args:
        read: Gives what there is of the bytes, at most so many; nothing at their end.
        size: Bytes that were announced.
        file: Where they go.

    Raises:
        ModelDamagedError: More come than were announced.
        ModelUnavailableError: They take too long.
    """
    deadline = monotonic() + FETCH_SECONDS
    left = size
    with file.open("wb") as kept:
        while block := read(_BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise ModelDamagedError(
                    f"{file.name} has more than the {size} bytes that were announced",
                    zh=f"{file.name}超过其声明的{size}字节",
                )
            if monotonic() > deadline:
                raise ModelUnavailableError(
                    f"{file.name} did not come within {FETCH_SECONDS:.0f} s"
                )
            kept.write(block)
