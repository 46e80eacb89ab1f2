"""Files that unpack to far more than they are: refused soon, and cheaply."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import pyarrow as pa
import pytest

from tests.plugins.house import Served, house, served
from tests.security.hostile import workbooks as wb
from tests.security.hostile.asking import FORM, file_part, form
from tests.security.hostile.files import OLD_WORKBOOKS, WORKBOOKS, nested, parquet

LONGEST_SECONDS = 5.0
MOST_MEMORY = 200 << 20
LARGEST_BODY = 64 << 20
IDLE_LOOKS = 10
Report = Callable[[str], None]
Make = Callable[[bool], bytes]


def _shared_string(long: bool) -> bytes:
    """A string of 32,000 characters that every cell of a column repeats."""
    rows = 100_000 if long else 20_000
    cells = (wb.row(i, f'<c r="A{i}" t="s"><v>0</v></c>') for i in range(1, rows))
    text = f'<sst xmlns="{wb.MAIN}"><si><t>{"债" * 32_000}</t></si></sst>'
    return wb.workbook({wb.STRINGS: text.encode(), wb.SHEET: wb.sheet(*cells)})


def _pages(long: bool) -> bytes:
    """Pages of one value, counted out to as many cells as a tape may have."""
    rows = 19_000_000 if long else 4_000_000
    names = pa.DictionaryArray.from_arrays(
        pa.repeat(pa.scalar(0, pa.int8()), rows), ["1"]
    )
    amounts = pa.repeat(pa.scalar(1, pa.int32()), rows)
    return parquet(pa.table({"claim_id": names, "principal": amounts}))


def _dictionary(long: bool) -> bytes:
    """A dictionary of one text of a megabyte that every row repeats."""
    rows = 10_000 if long else 1_000
    codes = pa.repeat(pa.scalar(0, pa.int8()), rows)
    texts = pa.DictionaryArray.from_arrays(codes, ["x" * 2**20])
    return parquet(
        pa.table({"claim_id": texts, "principal": texts}), store_schema=False
    )


def _always(make: Callable[[], bytes]) -> Make:
    return lambda _: make()


BOMBS: dict[str, Make] = {
    "a sheet of a gigabyte of nothing": lambda long: wb.bomb(1_000 if long else 32),
    "parts that overlap": _always(wb.overlapping),
    "parts that claim 4 GB": _always(WORKBOOKS["parts that claim 4 GB"]),
    "one cell at XFD1048576": _always(WORKBOOKS["a cell at the end of the world"]),
    "a string that every cell repeats": _shared_string,
    "a billion laughs": _always(WORKBOOKS["a billion laughs in sharedStrings.xml"]),
    "an external entity": _always(WORKBOOKS["an external entity in sheet1.xml"]),
    "16,384 columns": _always(WORKBOOKS["16,384 columns"]),
    "60,000 parts": lambda long: wb.workbook(
        {f"xl/media/{i}": b"" for i in range(60_000 if long else 6_000)}
    ),
    "parquet pages of one value": _pages,
    "a parquet dictionary of one text": _dictionary,
    "parquet columns 100 deep": _always(
        lambda: parquet(pa.table({"claim_id": ["1"], "principal": nested(100)}))
    ),
    "a gigabyte of csv in gzip": lambda long: gzip.compress(
        bytes((1_000 if long else 10) << 20), 1
    ),
    "one line of the largest size": lambda long: (
        b"1," * ((LARGEST_BODY if long else 8 << 20) // 2 - 500)
    ),
    "an old sheet of 65,536 by 256": _always(OLD_WORKBOOKS["a sheet of 65,536 by 256"]),
    "an old sheet of four billion rows": _always(
        OLD_WORKBOOKS["a sheet of four billion rows"]
    ),
}


@pytest.fixture(scope="module")
def target(
    tmp_path_factory: pytest.TempPathFactory, released_model: Path, long: bool
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("bombed")
    with served(house(folder, released_model), alone=long) as service:
        yield service


class Watch:
    """Memory of a service and its children while something happens, and its pulse."""

    def __init__(self, target: Served) -> None:
        self._process = psutil.Process(target.pid)
        self._health = f"http://127.0.0.1:{target.port}/health/live"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.before = self._held()
        self.most = self.before
        self.answered = 0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        with httpx2.Client() as client:
            while not self._over.wait(0.02):
                self.most = max(self.most, self._held())
                self.answered += client.get(self._health).status_code == 200

    def _held(self) -> int:
        """Shared pages count once: a child begins as a copy of its parent."""
        held = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                held += process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return held


def settle(target: Served) -> None:
    """Wait until fresh children stand ready for those that a file has ended.

    Each takes 180 MB to import its libraries, which is no growth of the next file.
    """
    idle = 0
    while idle < IDLE_LOOKS:
        children = psutil.Process(target.pid).children(recursive=True)
        idle = idle + 1 if all(map(waits, children)) else 0
        time.sleep(0.02)


def waits(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_SLEEPING)
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Blow:
    """What a bomb did.

    Attributes:
        status: Of the answer.
        seconds: Until it came.
        grown: Memory of server and children that was taken meanwhile, in bytes.
        answered: Other requests that were answered meanwhile.
    """

    status: int
    seconds: float
    grown: int
    answered: int


def drop(target: Served, content: bytes) -> Blow:
    """Send a file, and watch."""
    headers = {"content-type": FORM, "authorization": f"Bearer {target.key}"}
    body = form(file_part(content))
    address = f"http://127.0.0.1:{target.port}/v1/valuations/upload"
    with Watch(target) as watch:
        began = time.monotonic()
        told = httpx2.post(address, content=body, headers=headers, timeout=60)
        taken = time.monotonic() - began
    return Blow(told.status_code, taken, watch.most - watch.before, watch.answered)


def test_bombs_are_refused_soon_and_cheaply(
    target: Served, long: bool, report: Report
) -> None:
    for _ in range(4):
        # What every child takes to read anything at all is no growth.
        drop(target, b"a,b\n1,2\n")

    blows = {}
    for name, make in BOMBS.items():
        if long:
            settle(target)
        blows[name] = drop(target, make(long))

    slowest = max(blow.seconds for blow in blows.values())
    grown = max(blow.grown for blow in blows.values()) / 2**20
    memory = f", memory of server and children +{grown:.0f} MB" if long else ""
    answered = sum(blow.answered for blow in blows.values())
    report(
        f"{len(blows)} kinds refused, the slowest in {slowest:.1f} s{memory}; "
        f"{answered} others answered meanwhile"
    )
    assert {name for name, b in blows.items() if b.status not in (413, 422)} == set()
    if long:
        late = {name: b for name, b in blows.items() if b.seconds > LONGEST_SECONDS}
        large = {name: b for name, b in blows.items() if b.grown > MOST_MEMORY}
        assert late == {}
        assert large == {}
