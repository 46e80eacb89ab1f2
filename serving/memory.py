"""Work that finds too little memory is refused in words, as a busy service is."""

from collections.abc import Iterator
from contextlib import contextmanager

from features.errors import BusyError


@contextmanager
def within_memory() -> Iterator[None]:
    """Say what to do where the work of a request finds too little memory.

    Raises:
        BusyError: It does; what it held is free again.
    """
    try:
        yield
    except MemoryError as error:
        raise BusyError(
            "the service has too little memory for this now; nothing was recorded: try "
            "again when less is being valued, split the package, or have whoever runs "
            "the service give it more or lower RECOUP_CONCURRENT_VALUATIONS",
            zh="服务当前内存不足，未记录任何内容：请在其他估值完成后重试或拆分资产包，"
            "或由运维人员增加内存、调低 RECOUP_CONCURRENT_VALUATIONS",
        ) from error
