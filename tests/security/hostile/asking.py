"""Requests by what is wrong with them: none is valued, none fails the service."""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.security.hostile.workbooks import workbook

VALUATIONS, PRICES, UPLOAD = "/v1/valuations", "/v1/prices", "/v1/valuations/upload"
JSON = "application/json"
ABSENT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes:
        door: Method and path.
        body: Its body.
        headers: Its headers.
        statuses: What it may be answered with.
    """

    door: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (400, 422)


def claim(**facts: Any) -> dict[str, Any]:
    """A claim that is in order but for some facts."""
    return {"claim_id": "1", "principal": 100.0, **facts}


def package(**parts: Any) -> bytes:
    """A request that is in order but for some of its parts."""
    whole = {"package": {"cutoff_date": "2025-06-30"}, "claims": [claim()], **parts}
    return json.dumps(whole).encode()


def _json(body: bytes, kind: str = JSON, *statuses: int) -> Ask:
    return Ask(
        f"POST {VALUATIONS}", body, {"content-type": kind}, statuses or (400, 422)
    )


def _of_claim(text: str) -> Ask:
    """A claim in words of JSON that no dictionary holds."""
    return _json(
        b'{"package":{"cutoff_date":"2025-06-30"},"claims":[{"claim_id":"1",'
        b'"principal":100' + text.encode() + b"}]}"
    )


JSON_BODIES: dict[str, Ask] = {
    "a field nested 50,000 deep": _of_claim(',"age":' + "[" * 50_000 + "]" * 50_000),
    "objects nested 5,000 deep": _of_claim(
        ',"a":' + '{"a":' * 5_000 + "1" + "}" * 5_000
    ),
    "a number of 100,000 digits": _of_claim(',"age":' + "9" * 100_000),
    "a fraction of 100,000 digits": _of_claim(',"interest":-0.' + "9" * 100_000),
    "an exponent of 100,000 digits": _of_claim(',"interest":1e' + "9" * 100_000),
    "a number beyond 64 bits": _of_claim(',"age":18446744073709551616'),
    "half a surrogate in a key": _of_claim(',"\\ud800":1'),
    "half a surrogate in a name": _of_claim(',"city":"\\udfff"'),
    "NUL in a key": _of_claim(',"a\\u0000b":1'),
    "a key twice in a claim": _of_claim(',"age":1,"age":2'),
    "a key twice but for its escape": _of_claim(',"age":1,"\\u0061ge":2'),
    "a key of a megabyte": _of_claim(f',"{"k" * 2**20}":1'),
    "50,000 unknown keys": _of_claim("".join(f',"k{i}":1' for i in range(50_000))),
    "NaN in quotation marks": _json(package(claims=[claim(principal="NaN")])),
    "Infinity for an assumption": _json(
        package(assumptions={"price_yuan": 1e308 * 10})
    ),
    "NaN deep in the assumptions": _json(b'{"assumptions":{"payments":[[0,NaN]]}}'),
    "minus zero": _json(package(claims=[claim(principal=-0.0)])),
    "the least number there is": _json(package(claims=[claim(interest=-5e-324)])),
    "claims that add up to infinity": _json(
        package(claims=[claim(claim_id=str(i), principal=1e308) for i in range(9)])
    ),
    "a claim_id of a megabyte": _json(package(claims=[claim(claim_id="x" * 2**20)])),
    "a claim_id of blanks of other scripts": _json(
        package(claims=[claim(claim_id="\u3000\u2003\u00a0")])
    ),
    "a claim_id that is not seen": _json(
        package(claims=[claim(claim_id="\u200b\u202e")])
    ),
    "claim_ids that look alike": _json(
        package(claims=[claim(claim_id="A1"), claim(claim_id="Ａ１")])
    ),
    "claim_ids that differ by what is not seen": _json(
        package(claims=[claim(claim_id="编1"), claim(claim_id="编\u200b1")])
    ),
    "a day in digits of another script": _json(
        package(package={"cutoff_date": "٢٠٢٥-06-30"})
    ),
    "a day with a time": _json(
        package(package={"cutoff_date": "2025-06-30T00:00:00Z"})
    ),
    "a day that never was": _json(package(package={"cutoff_date": "1900-02-29"})),
    "the year 10000": _json(package(package={"cutoff_date": "10000-01-01"})),
    "payments beyond the horizon": _json(
        package(assumptions={"payments": [[10**9, 1.0]]})
    ),
    "a million payments": _json(package(assumptions={"payments": [[0, 1.0]] * 10**5})),
    "a seed beyond 64 bits": _json(package(assumptions={"seed": 2**70})),
    "a horizon of 10^308": _json(package(assumptions={"horizon_months": 1e308})),
    "columns of 300,000 nulls": _json(package(claims={"claim_id": [None] * 300_000})),
    "100,001 claims": _json(
        package(claims={"claim_id": ["1"] * 100_001, "principal": [1] * 100_001})
    ),
    "a body in gzip": _json(gzip.compress(package())),
    "a body that says it is gzip": Ask(
        f"POST {VALUATIONS}",
        gzip.compress(package()),
        {"content-type": JSON, "content-encoding": "gzip"},
        (400, 415, 422),
    ),
    "a body in UTF-16": _json(
        package().decode().encode("utf-16"), f"{JSON};charset=utf-16"
    ),
    "a body in GB18030": _json(
        '{"claims":[{"claim_id":"编号"}]}'.encode("gb18030"), f"{JSON};charset=gb18030"
    ),
    "a body in UTF-7": _json(b"+AHsAfQ-", f"{JSON}; charset=utf-7"),
    "lines of JSON": _json(package() + b"\n" + package()),
    "JSON called text": _json(package(), "text/plain", 415),
    "JSON called a form": _json(package(), "application/x-www-form-urlencoded", 415),
    "JSON called nothing": _json(package(), "", 415),
    "JSON called two things": _json(package(), "application/json, text/html", 415),
    "JSON called like JSON": _json(package(), "application/jsonx", 415),
    "a body of a pickle": _json(b"\x80\x04\x95\x00.", JSON),
    "a body of YAML": _json(b"claims: !!python/object/apply:os.system [id]", JSON),
    "prices of NaN": Ask(
        f"POST {PRICES}", b'{"claims":[NaN]}', {"content-type": JSON}, (400,)
    ),
    "prices of nothing": Ask(f"POST {PRICES}", b"", {"content-type": JSON}, (400,)),
}

QUESTIONS = ("bid", "scenarios", "comparables", "paths", "mandate", "restructurings")
QUESTIONS += ("revaluations",)
SPOILT_QUESTIONS: dict[str, bytes] = {
    "NaN": b'{"a":NaN}',
    "a list": b"[]",
    "a key twice": b'{"a":1,"a":2}',
    "an unknown key": b'{"no_such_thing":1}',
    "nesting": b'{"a":' + b"[" * 20_000,
}
for _question in QUESTIONS:
    for _name, _body in SPOILT_QUESTIONS.items():
        JSON_BODIES[f"{_question} asked with {_name}"] = Ask(
            f"POST /v1/packages/VALUED/{_question}", _body, {"content-type": JSON}
        )
JSON_BODIES["a review of NaN"] = Ask(
    "POST /v1/valuations/VALUED/reviews", b'{"seen":NaN}', {"content-type": JSON}
)
JSON_BODIES["a review of nothing"] = Ask(
    "POST /v1/valuations/VALUED/reviews", b"{}", {"content-type": JSON}
)

BOUNDARY = "edge"


def part(disposition: str, content: bytes, *also: str) -> bytes:
    """A part of a form."""
    head = "".join(f"{line}\r\n" for line in (disposition, *also))
    return f"--{BOUNDARY}\r\n{head}\r\n".encode() + content + b"\r\n"


def file_part(content: bytes, filename: str = 'filename="tape.xlsx"') -> bytes:
    """The part of a file."""
    return part(f'Content-Disposition: form-data; name="file"; {filename}', content)


def field_part(name: str, value: str) -> bytes:
    """The part of a field."""
    return part(f'Content-Disposition: form-data; name="{name}"', value.encode())


def form(*parts: bytes, end: bytes = b"--edge--\r\n") -> bytes:
    """A form of parts."""
    return b"".join(parts) + end


FORM = f"multipart/form-data; boundary={BOUNDARY}"
TAPE = workbook()


def _form(*parts: bytes, kind: str = FORM, statuses: Iterable[int] = (400, 422)) -> Ask:
    return Ask(f"POST {UPLOAD}", form(*parts), {"content-type": kind}, (*statuses,))


def _told(name: str, value: str) -> Ask:
    return _form(file_part(TAPE), field_part(name, value))


FORMS: dict[str, Ask] = {
    "a form without a boundary": _form(file_part(TAPE), kind="multipart/form-data"),
    "a form with an empty boundary": _form(
        file_part(TAPE), kind="multipart/form-data; boundary="
    ),
    "a form with another boundary": _form(
        file_part(TAPE), kind="multipart/form-data; boundary=other"
    ),
    "a form with a boundary of 10 kB": _form(
        file_part(TAPE), kind=f"multipart/form-data; boundary={'b' * 10_000}"
    ),
    "a form of nothing": Ask(f"POST {UPLOAD}", b"", {"content-type": FORM}),
    "a form without a file": _form(field_part("assumptions", "{}")),
    "a file that is text": _form(field_part("file", "claim_id")),
    "a file of another name": _form(
        part('Content-Disposition: form-data; name="tape"; filename="t"', TAPE)
    ),
    "a form cut in the middle": Ask(
        f"POST {UPLOAD}", form(file_part(TAPE))[:-600], {"content-type": FORM}
    ),
    "2,000 fields": _form(
        file_part(TAPE), *(field_part(f"f{i}", "1") for i in range(2_000))
    ),
    "1,100 files": _form(*(file_part(b"1") for _ in range(1_100))),
    "a field of 2 MB": _told("assumptions", " " * 2_000_000),
    "an unknown field": _told("model", "mine"),
    "a part without a disposition": _form(part("X-Nothing: 1", TAPE)),
    "a part without a name": _form(part("Content-Disposition: form-data", TAPE)),
    "a part that is an attachment": _form(
        part("Content-Disposition: attachment", TAPE)
    ),
    "a header of a part without a colon": _form(part("Content-Disposition", TAPE)),
    "a header of a part of 100 kB": _form(
        part('Content-Disposition: form-data; name="file"', TAPE, "X: " + "a" * 100_000)
    ),
    "1,000 headers of a part": _form(
        part(
            "Content-Disposition: form-data", TAPE, *(f"X{i}: 1" for i in range(1_000))
        )
    ),
    "a form in a form": _form(
        part(
            'Content-Disposition: form-data; name="file"',
            form(file_part(TAPE)),
            "Content-Type: multipart/mixed; boundary=edge",
        )
    ),
    "a file in base64": _form(
        part(
            'Content-Disposition: form-data; name="file"; filename="t"',
            b"UEsDBA==",
            "Content-Transfer-Encoding: base64",
        )
    ),
    "JSON for a form": Ask(f"POST {UPLOAD}", package(), {"content-type": JSON}),
    "a form of a page": Ask(
        f"POST {UPLOAD}",
        b"file=1&assumptions={}",
        {"content-type": "application/x-www-form-urlencoded"},
    ),
    "assumptions of NaN": _told("assumptions", '{"price_yuan":NaN}'),
    "assumptions of a list": _told("assumptions", "[]"),
    "assumptions of text": _told("assumptions", "cheap"),
    "assumptions twice": _told("assumptions", '{"seed":1,"seed":2}'),
    "assumptions nested deep": _told("assumptions", '{"a":' + "[" * 10_000),
    "assumptions unknown": _told("assumptions", '{"luck":1}'),
    "a package of unknown fields": _told("package", '{"colour":"red"}'),
    "a package of a wrong type": _told("package", '{"cutoff_date":20250630}'),
    "a cut-off date that is none": _told("cutoff_date", "2025-13-45"),
    "a cut-off date of nothing": _told("cutoff_date", "\x00"),
    "a cut-off date of 10 kB": _told("cutoff_date", "2" * 10_000),
    "columns of an unknown table": _told("columns", '{"pledges":{}}'),
    "columns of an unknown field": _told("columns", '{"claims":{"本金余额":"x"}}'),
    "columns of a list": _told("columns", '{"claims":[]}'),
    "columns that are not there": _told("columns", '{"claims":{"y":"interest"}}'),
    "one field for two columns": _told(
        "columns", '{"claims":{"本金余额":"interest","债权编号":"interest"}}'
    ),
    "columns of 20,000 tables": _told(
        "columns", json.dumps({f"t{i}": {} for i in range(20_000)})
    ),
    "columns of 20,000 corrections": _told(
        "columns", json.dumps({"claims": {f"c{i}": "unused" for i in range(20_000)}})
    ),
}
# A name of a file that lies changes nothing: the bytes decide, and these are no tape.
FILENAMES = {
    "a name that climbs out": 'filename="../../../etc/passwd"',
    "a name with NUL": 'filename="a\x00.xlsx"',
    "a name of 10 kB": f'filename="{"n" * 10_000}"',
    "a name that commands": 'filename="$(reboot).xlsx; rm -rf /"',
    "a name in an unknown encoding": "filename*=no-such-charset''%ff%fe.xlsx",
    "a name in broken percents": "filename*=UTF-8''%zz%.xlsx",
    "a name that breaks lines": "filename*=UTF-8''a%0d%0ab.xlsx",
    "a name of half a surrogate": "filename*=UTF-8''%ed%a0%80.xlsx",
    "a name of bytes": 'filename="\udcff\udcfe.xlsx"',
    "a name twice": 'filename="a.xlsx"; filename="b.csv"',
    "an empty name": 'filename=""',
}
for _name, _said in FILENAMES.items():
    _line = f'Content-Disposition: form-data; name="file"; {_said}'
    _raw = _line.encode("utf-8", "surrogateescape")
    _parts = f"--{BOUNDARY}\r\n".encode() + _raw + b"\r\n\r\nno tape\r\n"
    FORMS[_name] = _form(_parts)

IDS = {
    "a climb": "..%2f..%2fetc%2fpasswd",
    "a climb twice encoded": "%252e%252e%252fetc",
    "NUL": "%00",
    "an identifier and NUL": f"{ABSENT}%00",
    "bytes": "%ff%fe%80",
    "half a surrogate": "%ed%a0%80",
    "an identifier in small letters": ABSENT.lower(),
    "an identifier of full width": "０１ＡＲＺ３" + ABSENT[6:],
    "an identifier and a blank": f"{ABSENT}%20",
    "an identifier and a line": f"{ABSENT}%0a",
    "an identifier with what is not seen": f"{ABSENT[:13]}%E2%80%8B{ABSENT[13:]}",
    "10 kB": "0" * 10_000,
    "a query of a database": "'%20OR%201=1--",
    "a template": "%7b%7b7*7%7d%7d",
    "a look-up": "$%7bjndi:ldap:%2f%2f127.0.0.1%2fa%7d",
    "lines of a header": "%0d%0aSet-Cookie:%20a=1",
    "nobody's identifier": ABSENT,
}
BY_ID = (
    "GET /v1/valuations/{}",
    "GET /v1/valuations/{}.xlsx",
    "GET /v1/valuations/{}/reviews",
    "POST /v1/packages/{}/bid",
    "GET /zh/valuations/{}",
    "GET /en/new/{}",
)
PATHS: dict[str, Ask] = {
    f"{name} at {door}": Ask(door.format(value), statuses=(404, 405, 422))
    for name, value in IDS.items()
    for door in BY_ID
}

QUERIES = {
    "a cursor of nothing": "cursor=",
    "a cursor of bytes": "cursor=%ff%fe",
    "a cursor of a climb": "cursor=..%2f..",
    "a cursor of 10 kB": f"cursor={'A' * 10_000}",
    "a cursor that decodes to none": "cursor=AAAA",
    "a cursor with blanks": "cursor=MDFBUlozTkRFS1RTVjRSUkZGUTY5RzVGQVY%20",
    "a limit of nothing": "limit=",
    "a limit below one": "limit=0",
    "a limit of minus one": "limit=-1",
    "a limit above all": "limit=201",
    "a limit of 400 digits": f"limit={'9' * 400}",
    "a limit of NaN": "limit=NaN",
    "a limit in another script": "limit=%D9%A1%D9%A1x",
    "a package of 10 kB": f"package_id={'x' * 10_000}",
    "a moment that is none": "created_after=yesterday",
    "a moment of the year 99999": "created_after=99999-01-01T00:00:00Z",
    "a moment of NaN": "created_before=NaN",
    "a moment of 400 digits": f"created_before={'9' * 400}",
}
PATHS |= {
    name: Ask(f"GET {VALUATIONS}?{query}", statuses=(422,))
    for name, query in QUERIES.items()
}
# These hold nothing that is wrong, or nothing that is asked for; they must be answered.
HARMLESS = {
    "5,000 parameters": "&".join(f"p{i}=1" for i in range(5_000)),
    "a parameter of bytes": "%ff%fe=%80",
    "a package of NUL": "package_id=%00",
    "a package of half a surrogate": "package_id=%ed%a0%80",
    "a package of a query": "package_id='%20OR%201=1--",
    "the first moment of all": "created_after=0001-01-01T00:00:00%2B23:59",
    "the last moment of all": "created_before=9999-12-31T23:59:59-23:59",
    "a moment without a zone": "created_after=2025-01-01T00:00:00",
    "a parameter twice": "limit=1&limit=2",
}
PATHS |= {
    name: Ask(f"GET {VALUATIONS}?{query}", statuses=(200, 422))
    for name, query in HARMLESS.items()
}

METHODS: dict[str, Ask] = {
    f"{method} of {path}": Ask(f"{method} {path}", statuses=(404, 405))
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "FOO")
    for path in (VALUATIONS, f"{VALUATIONS}/{ABSENT}", "/health/live")
}

KEYS = {
    "an empty key": "",
    "a key of 300 characters": "k" * 300,
}
HEADERS: dict[str, Ask] = {
    name: Ask(
        f"POST {VALUATIONS}",
        package(claims=[]),
        {"content-type": JSON, "idempotency-key": key},
        (422,),
    )
    for name, key in KEYS.items()
}

REQUESTS: dict[str, Ask] = {**JSON_BODIES, **FORMS, **PATHS, **METHODS, **HEADERS}
