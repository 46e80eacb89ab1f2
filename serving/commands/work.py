"""A worker of batches."""

import os
import signal
from threading import Event, Thread
from types import FrameType

import click

from features.console import say
from serving.commands.desk import open_records
from serving.settings import read_settings

# A worker that has nothing to do ends so much later, where it is to end at all.
IDLE_SECONDS = 30.0
PARENT_SECONDS = 1.0


@click.command()
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1024),
    help="Workers side by side, each on one core and with the model in memory; one "
    "that ends before its time is started anew.",
)
@click.option(
    "--until-idle",
    is_flag=True,
    help="End when there is nothing to do, or the program that started it has ended.",
)
@click.option(
    "--nice",
    default=0,
    show_default=True,
    type=click.IntRange(0, 19),
    help="How far to leave the processor to other programs.",
)
def work(processes: int, *, until_idle: bool, nice: int) -> None:
    """Work on batches until stopped.

    Any number of workers on any number of machines share the batches of one database;
    all reach the folders of RECOUP_BATCHES and of the data sets by the same names. A
    worker may be killed at any time: another takes over what it held. On SIGTERM or
    SIGINT a worker ends after the chunk that it scores.
    """
    stop = _stopped_by_signals()
    if nice:
        os.nice(nice)
    if until_idle:
        Thread(target=_watch_parent, args=(stop,), daemon=True).start()
    if processes > 1:
        _keep_crew(processes, stop)
        return
    from serving.batches.worker import Worker
    from serving.sandbox.allowance import confine_memory

    with open_records() as desk:
        confine_memory(desk.settings.batch_memory_bytes)
        say(f"Working on batches of {desk.settings.batches}")
        Worker(desk, stop).run(IDLE_SECONDS if until_idle else None)


def _stopped_by_signals() -> Event:
    stop = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop


def _watch_parent(stop: Event) -> None:
    parent = os.getppid()
    while not stop.wait(PARENT_SECONDS):
        if os.getppid() != parent:
            stop.set()


def _keep_crew(processes: int, stop: Event) -> None:
    from serving.batches.crew import Crew

    read_settings()
    crew = Crew(processes, lambda: True)
    crew.start()
    stop.wait()
    crew.stop()
