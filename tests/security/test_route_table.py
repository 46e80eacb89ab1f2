"""Every route × role × tenant by a real request: the one table, cell by cell.

Routes come from the application itself, so that one that is added is asked as well.
What the table says of a route is compared with what each caller is answered; ids of
another tenant are answered as ids of nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from fastapi.routing import RouteContext
from fastapi.testclient import TestClient

from serving.access import sessions
from serving.access.keys import Keys
from serving.access.local import opened_store
from serving.access.persons import Persons, Tenants
from serving.access.routes import check_table, routes_of, rule_of
from serving.access.who import ROLES, Role, local_user
from serving.analyses.catalogue import ANALYSES
from serving.app import create_app
from serving.book.order import RUN
from serving.drafts.drafts import Drafts, packed
from serving.personal.destroying import Wish, destroy
from serving.schemas import EXAMPLE
from serving.settings import Settings
from serving.storage.store import Store
from serving.storage.tables import Draft

pytestmark = pytest.mark.unwatched
OURS, THEIRS = "ours", "theirs"
ABSENT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
BOOK = "01BOOKTSV4RRFFQ69G5FAVABCD"
CLAIM = EXAMPLE["claims"][0]["claim_id"]
FEW = {"simulations": 500}
Sent = Mapping[str, Any]
Report = Callable[[str], None]
TAPE = ("t.csv", b"claim_id,principal,cutoff_date\n1,1000,2025-12-31\n")
TOLD = {
    **EXAMPLE,
    "claims": [{**EXAMPLE["claims"][0], "obligor_name": "张伟"}, EXAMPLE["claims"][1]],
}
WHY = {"reason": "asked for by a test"}
# What routes are sent, so that nothing but the caller decides.
BODIES: Mapping[str, Sent] = MappingProxyType(
    {
        "value_records": {"json": {**TOLD, "assumptions": FEW}},
        "price_records": {"json": EXAMPLE},
        "value_tape": {"files": {"file": TAPE}},
        "import_comparables": {"files": {"file": ("t.csv", b"a,b\n1,1\n")}},
        "submit_batch": {"json": {"claims": ["absent"]}},
        "submit_batch_file": {"files": {"file": TAPE}},
        "add_review": {"json": {"kind": "reviewed"}},
        "show_persons": {"json": WHY},
        "look_at_persons": {"data": WHY},
        "destroy_persons": {"json": {}},
        "destroy_on_page": {"data": {"of": "x" * 101}},
        "take_step": {"data": {"kind": "reviewed"}},
        "drop": {"files": {"file": TAPE}},
        "change_person": {"data": {"name": "guest", "roles": ["viewer"]}},
        "issue_key": {"data": {"name": "tests", "roles": ["viewer"]}},
        "create_person": {"json": {}},
        "replace_person": {"json": {"name": "guest", "roles": ["viewer"]}},
        "replace_state": {"json": {"state": "enabled"}},
        "shut_out": {"data": {"state": "enabled"}},
        "create_key": {"json": {"name": "tests", "roles": ["viewer"]}},
        **{f"ask_{a.name}": {"json": dict(a.example)} for a in ANALYSES},
    }
)
QUERIES: Mapping[str, str] = MappingProxyType(
    {"compare": "?a={id}&b={other}", "kept_persons": "?of={id}"}
)
# Their identifier is that of a draft; each request gets one of its own.
OF_DRAFTS = "/en/new/{id}"
OF_BATCHES = ("/v1/batches/{id}", "/en/batches/{id}")
OF_PERSONS, OF_BOOKS = (
    ("/en/access/{id}", "/v1/access/persons/{id}"),
    "/en/portfolio/{id}",
)
OF_KEYS, OF_SESSIONS = "/v1/access/keys/{id}", "/v1/access/sessions/{id}"
OF_CERTIFICATES = ("/v1/personal/certificates/{id}", "/en/personal/certificates/{id}")


@dataclass(frozen=True)
class Caller:
    """Somebody with one role, or nobody at all."""

    role: Role | None
    tenant: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class House:
    """A service with two tenants, a person of each role in both, and our valuation."""

    client: TestClient
    store: Store
    callers: tuple[Caller, ...]
    valuation: str
    other: str
    dropped: str
    batch: str
    person: str
    key: str
    certificate: str

    def own(self, path: str) -> str:
        """An identifier of ours that a path is about."""
        if path.startswith(OF_DRAFTS):
            return self.draft()
        if path.startswith(OF_PERSONS):
            return self.person
        if path.startswith(OF_KEYS):
            return self.key
        if path.startswith(OF_SESSIONS):
            return self.session()
        if path.startswith(OF_BOOKS):
            return BOOK
        if path.startswith(OF_CERTIFICATES):
            return self.certificate
        return self.batch if path.startswith(OF_BATCHES) else self.valuation

    def filled(self, path: str, identifier: str) -> str:
        """A path with an id, and another one of ours where it takes two."""
        named = path.replace("{other}", self.other).replace("{key}", self.key)
        return named.replace("{id}", identifier)

    def session(self) -> str:
        """A session of ours that is open."""
        sessions.begin(self.store, Persons(self.store).get(self.person))
        lifetime = sessions.Lifetime.of(Settings())
        row, _ = sessions.open_sessions(self.store, lifetime, self.person)[0]
        return sessions.name_of(row)

    def draft(self) -> str:
        """A draft of ours like the one that was dropped."""
        drafts = Drafts(self.store)
        return drafts.add(
            Draft(
                filename=TAPE[0],
                seller=None,
                header={},
                corrections={},
                assumptions={},
                content=drafts.content(self.dropped),
                seen=packed(drafts.seen(self.dropped)),
            )
        )


@pytest.fixture(scope="module")
def house(
    installed_model: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    # Tests of other files may come in between: then it is made again.
    store_file = tmp_path_factory.mktemp("house") / "recoup.db"
    # Every caller tries to sign in here, from one address.
    settings = installed_model.model_copy(
        update={
            "database_url": f"sqlite:///{store_file}",
            "refusals_a_minute": 1_000,
        }
    )
    with opened_store(settings, replace(local_user(), tenant=OURS)) as store:
        callers = tuple(callers_of(store))
        app = create_app(settings)
        with TestClient(app, follow_redirects=False) as client:
            pricer = next(c for c in callers if c.role == "pricer")
            body = BODIES["value_records"]
            answers = [
                client.post("/v1/valuations", headers=pricer.headers, **body)
                for _ in range(2)
            ]
            ids = [answer.json()["id"] for answer in answers]
            gone, draft = (
                client.post("/en/new", headers=pricer.headers, files={"file": TAPE})
                .headers["location"]
                .rpartition("/")[2]
                for _ in range(2)
            )
            folder = Path(settings.books, "tenants", OURS, BOOK)
            folder.mkdir(parents=True)
            (folder / RUN).write_text("{}")
            certificate = destroy(store, Wish(gone))["certificate"]
            person = Persons(store).add("guest", ["viewer"]).id
            key = Keys(store).issue(person, "guest").key.id
            # Last: its worker writes into the store from then on.
            batch = client.post(
                "/v1/batches/upload", headers=pricer.headers, files={"file": TAPE}
            ).json()["id"]
            told = (draft, batch, person, key, certificate)
            yield House(client, store, callers, *ids, *told)


def callers_of(store: Store) -> Iterator[Caller]:
    for tenant in (OURS, THEIRS):
        Tenants(store).add(tenant, tenant)
        theirs = store.of(replace(local_user(), tenant=tenant))
        yield Caller(None, tenant, {})
        for role in ROLES:
            person = Persons(theirs).add(role, [role])
            key = Keys(theirs).issue(person.id, "tests").text
            yield Caller(role, tenant, {"Authorization": f"Bearer {key}"})


def requests(house: House) -> list[tuple[str, str, str]]:
    """Name, method and path of every route; ``{id}`` where an id stands."""
    found = [
        (route.name or "", method, path_of(route) + QUERIES.get(route.name or "", ""))
        for route in routes_of(house.client.app)  # type: ignore[arg-type]
        for method in sorted((route.methods or {"GET"}) - {"HEAD"})
    ]
    assert len(found) == len(set(found))
    return found


def path_of(route: RouteContext) -> str:
    filled = {
        "{language:language}": "en",
        "{identifier}": "{id}",
        "{claim:path}": CLAIM,
        "{form}": "csv",
        "{link}": "x",
        "{name}": "{id}",
        "{rest:path}": "nowhere",
    }
    path = route.path or ""
    for place, value in filled.items():
        path = path.replace(place, value)
    return path + ("/workbench.css" if path == "/static" else "")


def ask(house: House, caller: Caller, name: str, method: str, path: str) -> Any:
    headers = {**caller.headers, "X-Request-ID": "tests"}
    return house.client.request(method, path, headers=headers, **BODIES.get(name, {}))


def is_page(path: str) -> bool:
    return path.startswith("/en/")


def test_every_cell_of_the_table(house: House, report: Report) -> None:
    cells: Counter[str] = Counter()
    routes = requests(house)
    for asked in routes:
        for caller in house.callers:
            cells[checked(house, caller, *asked)] += 1

    report(
        f"{len(routes)} routes × {len(ROLES) + 1} callers × 2 tenants = "
        f"{cells.total()} cells: {dict(cells)}"
    )
    assert cells.total() == len(routes) * len(house.callers)
    assert min(cells[k] for k in ("sign in", "forbidden", "absent", "let in")) > 50


def checked(house: House, caller: Caller, name: str, method: str, path: str) -> str:
    """Ask one cell; what the table says of it, which the answer is."""
    own = house.own(path)
    answer = ask(house, caller, name, method, house.filled(path, own))
    expected = expectation(name, path, caller)
    told = f"{caller.role} of {caller.tenant}: {method} {path} {name}"
    assert holds(expected, answer, path), f"{told}: {answer.status_code}"
    if expected == "absent":
        nothing = ask(house, caller, name, method, house.filled(path, ABSENT))
        assert shown(answer, own) == shown(nothing, ABSENT), told
    if expected == "let in" and caller.tenant == THEIRS:
        assert house.valuation not in answer.text, told
    return expected


def expectation(name: str, path: str, caller: Caller) -> str:
    """What the table says of a cell."""
    rule = rule_of()[name]
    if rule.is_open:
        return "open"
    if caller.role is None:
        return "sign in"
    if caller.role not in rule.roles:
        return "forbidden"
    return "absent" if caller.tenant == THEIRS and "{id}" in path else "let in"


def holds(expected: str, answer: Any, path: str) -> bool:
    """Whether an answer is what the table says."""
    status = answer.status_code
    if expected == "sign in" and is_page(path):
        return status == 303 and answer.headers["location"].startswith("/en/sign-in")
    if expected == "let in":
        there = status != 404 or "nowhere" in path
        return there and status not in (401, 403) and status < 500
    # Back from a sign-on that this browser never began.
    uninvited = (403,) if path.endswith("/sign-on/callback") else ()
    exact = {"sign in": (401,), "forbidden": (403,), "absent": (404,)}
    return status in exact.get(expected, (200, 303, 404, *uninvited))


def shown(answer: Any, identifier: str) -> tuple[int, list[str | None], bytes]:
    """What an answer tells of an id, whichever it is."""
    told = ("content-type", "content-length", "set-cookie", "cache-control")
    headers = [answer.headers.get(name) for name in told]
    return (
        answer.status_code,
        headers,
        answer.content.replace(identifier.encode(), b"ID"),
    )


def test_what_is_not_allowed_changes_nothing(house: House) -> None:
    before = house.draft()
    for caller in house.callers:
        if caller.tenant == THEIRS or caller.role in (None, "viewer", "admin"):
            ask(house, caller, "remove", "POST", f"/en/new/{before}/removal")

    assert Drafts(house.store).get(before).state == "open"


def test_an_application_with_a_route_that_is_in_no_table_does_not_start(
    new_store: Settings,
) -> None:
    app = create_app(new_store)
    app.add_api_route("/v1/secrets", lambda: "everything", name="secrets")

    with pytest.raises(LookupError, match="secrets"):
        check_table(app)


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/nowhere", "/admin", "/.env", "/docs/static/x", "/health"]
)
def test_a_stranger_is_not_told_what_is_there(house: House, path: str) -> None:
    answer = house.client.get(path)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
