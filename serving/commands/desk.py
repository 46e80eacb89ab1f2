"""Model and store for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from serving.desk import Desk
from serving.settings import read_settings


@contextmanager
def open_desk(*, model: bool = True) -> Iterator[Desk]:
    """Model and store for one command.

    Args:
        model: Whether the model in service is needed.

    Raises:
        ModelUnavailableError: It is, and there is none.
    """
    desk = Desk(read_settings())
    try:
        if model:
            desk.champion.refresh()
            desk.champion.served()
        yield desk
    finally:
        desk.close()


@contextmanager
def open_records() -> Iterator[Desk]:
    """The store alone, its tables made where they are not there; no model is needed.

    Raises:
        StoreError: It does not answer.
    """
    with open_desk(model=False) as desk:
        desk.open_store()
        yield desk
