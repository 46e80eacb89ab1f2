"""Bytes of a request or a file as a submission; whatever cannot be one is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jiter

from features.columns import Tables
from features.errors import AssumptionError, ClaimsError, Finding
from features.findings import finding
from features.package import HeaderValue
from features.personal.pseudonyms import Pseudonyms
from features.reading.corrections import AS_READ, Corrections
from features.reading.records.columnar import count_rows
from features.reading.records.plain import read_plain
from features.tape import read_records
from models.pricing.assumptions import DEFAULTS, Assumptions
from serving.malformed import BODY, malformed, no_object
from serving.observing.metrics import rows_rejected
from serving.observing.spans import span
from serving.sandbox.opening import Opener, Source
from serving.submission import Submission


@dataclass(frozen=True)
class Order:
    """A submission and the assumptions it is to be valued under.

    Attributes:
        submission: What was handed in.
        assumptions: What the price rests on.
    """

    submission: Submission
    assumptions: Assumptions


@dataclass(frozen=True)
class PriceOrder:
    """Claims that are priced by themselves and not put on record.

    Attributes:
        tables: The claims, with their collateral and guarantees.
        claim_ids: Their identifiers, in order.
        assumptions: What the prices rest on.
        in_columns: Whether they came as columns, and are answered so.
    """

    tables: Tables
    claim_ids: Sequence[str]
    assumptions: Assumptions
    in_columns: bool = False


def read_json(body: bytes, what: str = BODY) -> dict[str, Any]:
    """A JSON object; NaN, Infinity and repeated keys are refused.

    Args:
        body: The text, UTF-8.
        what: What it is called in a message.

    Raises:
        MalformedError: It is not JSON.
        InputError: It is JSON but no object.
    """
    try:
        value = jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise malformed(body, what, error) from None
    if not isinstance(value, dict):
        raise no_object(what)
    return value


def order_of_request(
    body: bytes, largest_claims: int, pseudonyms: Pseudonyms | None = None
) -> Order:
    """The order in a JSON request; one bad row refuses the whole of it.

    Args:
        body: The request.
        largest_claims: Most claims allowed.
        pseudonyms: Signs of the persons in it; such as hold for this request only when
            absent.

    Raises:
        InputError: The request is wrong; the findings say where.
    """
    return _order(read_json(body), largest_claims, pseudonyms)


def _order(
    payload: dict[str, Any], largest_claims: int, pseudonyms: Pseudonyms | None
) -> Order:
    assumptions = Assumptions.of(_object(payload.pop("assumptions", None)))
    _check_count(count_rows(payload.get("claims")), largest_claims)
    with span("reading"):
        reading = read_records(payload, pseudonyms)
    rows_rejected(reading.rejected)
    if reading.rejected:
        findings = [f for row in reading.rejected for f in row.findings]
        raise ClaimsError(
            f"nothing was valued, since rows were refused ({len(reading.rejected)})",
            findings,
            zh=f"{len(reading.rejected)}行被拒绝，因此未作估值",
        )
    return Order(Submission.of(reading), assumptions)


def prices_of_request(
    body: bytes,
    largest_claims: int,
    pseudonyms: Callable[[], Pseudonyms] = Pseudonyms,
) -> PriceOrder:
    """The claims to price in a JSON request, which is read as for a valuation.

    Args:
        body: The request.
        largest_claims: Most claims allowed.
        pseudonyms: Gives the signs of the persons in it, where there are any; such as
            hold for this request only when absent.

    Raises:
        InputError: The request is wrong; the findings say where.
    """
    plain = read_plain(body)
    if plain is None:
        payload = read_json(body)
        order = _order(payload, largest_claims, pseudonyms())
        package, in_columns = (
            order.submission.package,
            isinstance(payload["claims"], dict),
        )
        return PriceOrder(
            package.tables, package.claim_ids, order.assumptions, in_columns
        )
    stated = plain.assumptions
    assumptions = Assumptions.of(stated) if stated else DEFAULTS
    _check_count(len(plain.claim_ids), largest_claims)
    return PriceOrder(plain.tables, plain.claim_ids, assumptions, plain.in_columns)


def order_of_tape(
    opener: Opener,
    source: Source,
    filename: str,
    header: Mapping[str, HeaderValue],
    assumptions: Mapping[str, Any],
    largest_claims: int,
    corrections: Corrections = AS_READ,
    pseudonyms: Pseudonyms | None = None,
) -> Order:
    """The order in a file; bad rows are reported and the good ones valued.

    Args:
        opener: Whoever opens files.
        source: Path or bytes of the file.
        filename: Name that people know it by.
        header: Fields of the package that win over the file.
        assumptions: Those that differ from the defaults.
        largest_claims: Most claims allowed.
        corrections: What the sender says of its headers.
        pseudonyms: Signs of the persons in it.

    Raises:
        InputError: The file is no tape or no claim of it can be valued.
    """
    chosen = Assumptions.of(assumptions)
    with span("reading"), opener.open(source, filename) as opened:
        reading = opened.reading(
            header=header, corrections=corrections, pseudonyms=pseudonyms
        )
    rows_rejected(reading.rejected)
    _check_count(len(reading.package), largest_claims)
    return Order(Submission.of(reading, filename), chosen)


def _object(value: Any) -> Mapping[str, Any] | None:
    if value is None or isinstance(value, dict):
        return value
    wrong = finding("not_fields", table="assumptions", value=value)
    raise AssumptionError(wrong.sentence(), [wrong])


def _check_count(claims: int, largest: int) -> None:
    if claims > largest:
        reason = f"{claims} claims are more than the {largest} allowed; split them"
        zh = f"共{claims}笔债权，超过上限{largest}笔；请拆分"
        raise ClaimsError(reason, [Finding("too_many_claims", reason, zh)], zh)
