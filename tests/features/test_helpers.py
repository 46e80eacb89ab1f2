import threading
import time

import pytest

from features.helpers import CORES, Processor, UnderWay, worked


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_parts_come_back_in_their_order(threads: int) -> None:
    assert worked(lambda part: part * part, range(50), threads) == [
        part * part for part in range(50)
    ]


def test_nothing_to_do_is_done() -> None:
    assert worked(str, [], 4) == []


def test_one_thread_calls_no_helper() -> None:
    (here,) = {*worked(lambda _: threading.get_ident(), range(20), 1)}

    assert here == threading.get_ident()


def test_work_goes_on_while_helpers_have_other_work() -> None:
    free = threading.Event()

    def held(_: int) -> None:
        free.wait(10)

    other = threading.Thread(target=worked, args=(held, range(64), 64))
    other.start()
    began = time.monotonic()
    assert worked(abs, range(-5, 0), 2) == [5, 4, 3, 2, 1]
    took = time.monotonic() - began
    free.set()
    other.join()

    assert took < 5


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_of_a_part_is_the_error_of_the_work(threads: int) -> None:
    with pytest.raises(ZeroDivisionError):
        worked(lambda part: 1 // part, [3, 2, 1, 0, 1, 2], threads)


def test_helpers_go_on_while_whoever_asked_does_something_else() -> None:
    begun = threading.Event()

    def told(part: int) -> int:
        begun.set()
        return part

    under_way = UnderWay(told, range(6), 2)

    assert begun.wait(10)
    assert under_way.results() == [*range(6)]


def test_one_thread_begins_when_it_is_asked_for_results() -> None:
    done: list[int] = []
    under_way = UnderWay(done.append, range(3), 1)

    assert done == []
    under_way.results()
    assert done == [0, 1, 2]


def test_those_who_work_beside_each_other_share_the_cores() -> None:
    processor = Processor()
    assert processor.threads == CORES

    with processor.shared():
        assert processor.threads == CORES
        with processor.shared():
            assert processor.threads == max(CORES // 2, 1)
    with pytest.raises(ZeroDivisionError), processor.shared():
        divmod(1, 0)
    assert processor.threads == CORES
