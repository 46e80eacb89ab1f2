"""Rows of pages: how long a reader of a large package waits, in a real browser.

Loads are those of a browser that was never here before: nothing is cached. Sorting and
filtering are done by the page's own script and end when the new table stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import orjson
from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks.bodies import CUTOFF, records
from benchmarks.home import HOME, LOGS, api_key, installed, shown
from benchmarks.load import HOST
from benchmarks.result import Result
from benchmarks.servers import recoup, running
from features.sources.simulated import simulate_package
from serving.client import Client

CHROMIUM = "/usr/bin/chromium"
CLAIMS = 5_000
TURNS = 7
LOAD_SECONDS = 1.0
LOAD_BYTES = 1_500_000
CHANGE_SECONDS = 0.3


def rows() -> Iterator[Result]:
    """First loads, sorting and filtering of a package of 5,000 claims."""
    installed()
    with running(recoup(HOME), LOGS / "pages.log") as server, _browser() as browser:
        address, key = f"http://{HOST}:{server.port}", api_key()
        home = f"{address}/zh/valuations/{_valued(address, key)}"
        reader = Reader(browser, home, key)
        yield reader.load("package", "")
        yield reader.load("claims", "/claims")
        yield reader.change("sort", ".grid thead a", ".grid th[aria-sort]")
        yield reader.change("filter", ".choices label input", ".chips")


def _valued(address: str, key: str) -> str:
    """Identifier of the package, on record."""
    package = simulate_package("corporate", claims=CLAIMS, seed=5, cutoff_date=CUTOFF)
    request = orjson.loads(orjson.dumps(records(package)))
    with Client(address, api_key=key) as client:
        return client.value_records(request)["id"]


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )


@dataclass(frozen=True)
class Reader:
    """Somebody who looks at a package.

    Attributes:
        browser: Chromium.
        home: Address of the package's page.
        key: API key of the reader.
    """

    browser: Browser
    home: str
    key: str

    def load(self, name: str, path: str) -> Result:
        """The first load of a page, after one that warms the service."""
        self._load(path)
        taken = [self._load(path) for _ in range(TURNS)]
        size = max(length for _, length in taken)
        return Result(
            name=f"pages-load-{name}",
            work=f"first load of the {name} page, {CLAIMS:,} claims",
            unit="s",
            ours=median(seconds for seconds, _ in taken),
            most=LOAD_SECONDS,
            figures={"kB": size / 1_000, "of kB": LOAD_BYTES / 1_000},
        )

    def _load(self, path: str) -> tuple[float, int]:
        """Seconds until everything is there, and its bytes."""
        with self._page() as page:
            answers: list[Response] = []
            page.on("response", lambda answer: answers.append(answer))
            began = perf_counter()
            page.goto(self.home + path)
            seconds = perf_counter() - began
            return seconds, sum(len(answer.body()) for answer in answers)

    def change(self, name: str, control: str, result: str) -> Result:
        """What a choice on the table of claims takes until the answer stands."""
        taken = [self._change(control, result) for _ in range(TURNS)]
        return Result(
            name=f"pages-{name}",
            work=f"{name} the claims page, {CLAIMS:,} claims",
            unit="s",
            ours=median(taken),
            most=CHANGE_SECONDS,
        )

    def _change(self, control: str, result: str) -> float:
        with self._page() as page:
            page.goto(f"{self.home}/claims?sort=claim_id")
            before = page.url
            began = perf_counter()
            page.locator(control).first.dispatch_event("click")
            page.wait_for_function("before => location.href !== before", arg=before)
            page.locator(result).first.wait_for()
            return perf_counter() - began

    @contextmanager
    def _page(self) -> Iterator[Page]:
        context = self.browser.new_context(extra_http_headers=shown(self.key))
        yield context.new_page()
        context.close()
