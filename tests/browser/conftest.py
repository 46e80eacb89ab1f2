"""The served application and a browser that looks at it and watches what it does.

In the long form screenshots stay under ``out/browser``.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from features.catalogue import TAPE_TABLES
from features.sources.simulated import simulate_package
from models.recovery.artefact import save_model
from serving.access.callers import PLAIN_COOKIE
from serving.access.links import issue
from serving.access.local import local_key, opened_store
from serving.access.persons import Persons, local_person
from serving.access.sessions import begin, end
from serving.access.who import EVERY_ROLE
from serving.client import Client, Valuation
from serving.settings import Settings
from tests.plugins.house import install_model
from training.pipeline import Trained

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SHOTS = ROOT / "out" / "browser"
LARGE = 5_000
DESK = {"width": 1280, "height": 900}
READERS = {"zh": "zh-CN", "en": "en-GB"}
# What is expected is waited for as long as all else is, on however busy a machine.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def installation(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], dict[str, str]]:
    """Makes an installation with a model of its own; gives its environment."""
    files = tmp_path_factory.mktemp("model")
    save_model(trained.model, trained.table, files)

    def installed() -> dict[str, str]:
        folder = tmp_path_factory.mktemp("installation")
        install_model(folder / "models", files)
        return {
            "RECOUP_DATABASE_URL": f"sqlite:///{folder}/recoup.db",
            "RECOUP_TRACKING_URI": f"sqlite:///{folder}/absent/mlflow.db",
            "RECOUP_MODEL_CACHE": str(folder / "models"),
            "RECOUP_MODEL_REFRESH_SECONDS": "0",
            "RECOUP_BOOKS": str(folder / "books"),
        }

    return installed


class Served:
    """The service as ``python -m serving serve`` starts it.

    Attributes:
        address: Where it listens.
        port: Its port there.
        printed: What it says when it starts.
        key: An API key of every role.
        environment: Its settings.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address, self.port = f"http://127.0.0.1:{port}", port
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "serving", "serve", "--port", str(port)],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        self.printed = self._process.stderr.readline()
        self._await()
        self._settings = Settings(database_url=environment["RECOUP_DATABASE_URL"])
        self.key = local_key(self._settings, "tests")

    def sign_in(self, context: BrowserContext, name: str | None = None) -> None:
        """Sign somebody in, in a browser; whoever runs the tests where not named."""
        with opened_store(self._settings) as store:
            named = name and Persons(store).add(name, EVERY_ROLE)
            token = begin(store, named or local_person(store))
        context.add_cookies(
            [{"name": PLAIN_COOKIE, "value": token, "url": self.address}]
        )

    def sign_out(self, context: BrowserContext) -> None:
        """End the session of a browser, which does not know of it."""
        kept = {c["name"]: c["value"] for c in context.cookies()}
        with opened_store(self._settings) as store:
            end(store, kept[PLAIN_COOKIE])
        asked = {"cookies": kept, "follow_redirects": False}
        while httpx2.get(f"{self.address}/en/models", **asked).status_code == 200:
            time.sleep(0.02)

    def link(self) -> str:
        """A link that signs whoever runs the tests in."""
        with opened_store(self._settings) as store:
            return f"{self.address}/sign-in/{issue(store, local_person(store).id)}"

    def _await(self) -> None:
        while self._process.poll() is None:
            with suppress(httpx2.TransportError):
                if httpx2.get(f"{self.address}/health/ready").status_code == 200:
                    return
            time.sleep(0.05)
        pytest.fail("the service ended before it was ready")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate(timeout=30)


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Served]:
    served = Served(environment)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def serve() -> Callable[[dict[str, str]], AbstractContextManager[Served]]:
    """Serves an installation for as long as somebody needs it."""
    return serving


@pytest.fixture(scope="session")
def service(installation: Callable[[], dict[str, str]]) -> Iterator[Served]:
    """A service for every test that does not need an empty one."""
    with serving(installation()) as served:
        yield served


@pytest.fixture
def strange_service(installation: Callable[[], dict[str, str]]) -> Iterator[Served]:
    """A service that nobody has visited yet."""
    with serving(installation()) as served:
        yield served


@pytest.fixture(scope="session")
def corporate(service: Served) -> Valuation:
    """The corporate example, valued."""
    with Client(service.address, api_key=service.key) as client:
        return client.value_tape(EXAMPLES / "corporate.xlsx", {"simulations": 1_000})


@pytest.fixture(scope="session")
def dearer(service: Served) -> Valuation:
    """The same, valued at a lower return."""
    stated = {"simulations": 1_000, "target_return_rate": 0.1}
    with Client(service.address, api_key=service.key) as client:
        return client.value_tape(EXAMPLES / "corporate.xlsx", stated)


@pytest.fixture(scope="session")
def large(service: Served) -> Valuation:
    """A package of 5,000 claims, valued."""
    package = simulate_package(
        "corporate", claims=LARGE, seed=5, cutoff_date=date(2025, 12, 31)
    )
    tables = {name: _rows(getattr(package, name)) for name in TAPE_TABLES}
    request = {"package": dict(package.header), **tables}
    request["assumptions"] = {"simulations": 500}
    with Client(service.address, api_key=service.key) as client:
        return client.value_records(orjson.loads(orjson.dumps(request)))


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in table.to_pylist()
    ]


# One browser for each file: the loop of a running one would bar others of its thread.
@pytest.fixture(scope="module")
def browser(required_program: Callable[[str], str]) -> Iterator[Browser]:
    """Chromium."""
    program = required_program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


class Visit:
    """A reader's look at the service, with everything that must not happen noted.

    Attributes:
        page: The browser's page.
        complaints: What the browser found wrong: errors of scripts, refused content.
        foreign: Addresses of other hosts that were asked for something.
        loaded: Every answer that the browser had.
    """

    def __init__(
        self, page: Page, service: Served, language: str, *, pictured: bool
    ) -> None:
        self.page = page
        self._pictured = pictured
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self._service = service
        self._language = language
        self.loaded: list[Response] = []
        page.on("request", self._note_request)
        page.on("response", lambda answer: self.loaded.append(answer))
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        if urlsplit(request.url).netloc != urlsplit(self._service.address).netloc:
            self.foreign.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        """Open a page of the reader's language, which must be there."""
        address = f"{self._service.address}/{self._language}{path}"
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{answer.status}: {address}"

    def loaded_bytes(self) -> int:
        """Bytes of everything that was loaded, as large as it is once unpacked."""
        return sum(len(answer.body()) for answer in self.loaded)

    def loaded_page(self) -> Page:
        """The page, once it is there as a whole: a click waits for its first byte."""
        self.page.wait_for_load_state()
        return self.page

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page, which takes long, in the long form."""
        if not self._pictured:
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}-{self._language}.png"
        self.loaded_page().screenshot(path=path, full_page=True)

    def barriers(self) -> str:
        """What axe finds on the page, in words; nothing on a page for everybody."""
        found = Axe().run(self.loaded_page())
        return str(found.generate_report()) if found.violations_count else ""

    def overflow(self) -> float:
        """By how many pixels the page is wider than its window."""
        width: float = self.loaded_page().evaluate(
            "document.documentElement.scrollWidth - window.innerWidth"
        )
        return max(0.0, width)


@pytest.fixture
def visit(
    browser: Browser, service: Served, long: bool
) -> Iterator[Callable[..., Visit]]:
    """Begins a visit; in the end nothing that must not happen may have happened."""
    visits: list[tuple[Visit, Any]] = []

    def begun(
        language: str, served: Served = service, *, known: bool = True, **context: Any
    ) -> Visit:
        opened = browser.new_context(
            **{"viewport": DESK, "locale": READERS[language], **context}
        )
        if known:
            served.sign_in(opened)
        made = Visit(opened.new_page(), served, language, pictured=long)
        visits.append((made, opened))
        return made

    yield begun
    for made, opened in visits:
        opened.close()
        assert made.foreign == []
        assert made.complaints == []


@pytest.fixture(params=list(READERS))
def language(request: pytest.FixtureRequest) -> str:
    """Each language of the workbench."""
    return str(request.param)
