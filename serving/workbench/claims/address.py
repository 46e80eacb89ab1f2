"""Where the pages of claims stand; ids are a seller's text and may hold anything."""

from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

from serving.identifiers import unknown_claim

# What browsers and proxies take for steps to other folders, or for quoting itself.
_STEPS = (".", "..")
_PARTS = ("/", "\\", "%")


def claims_path(valuation_id: str) -> str:
    """Path of the table of claims of a valuation, the language left out."""
    return f"/valuations/{valuation_id}/claims"


def claim_path(valuation_id: str, claim_id: str) -> str:
    """Path of the page of a claim, the language left out.

    An id that browsers or proxies would resolve is quoted twice, so that it arrives
    quoted once.
    """
    quoted = quote(claim_id, safe="")
    if claim_id in _STEPS or any(part in claim_id for part in _PARTS):
        quoted = quote(quoted.replace(".", "%2E"))
    return f"{claims_path(valuation_id)}/{quoted}"


def place_of(lines: pa.Table, asked: str) -> int:
    """Place of the claim that a path names, from 0 in the order of the package.

    Args:
        lines: Claims of the valuation.
        asked: The end of the path as it arrives.

    Raises:
        NotFoundError: The valuation has no such claim.
    """
    for claim_id in (unquote(asked), asked):
        place: int = pc.index(lines["claim_id"], claim_id).as_py()
        if place >= 0:
            return place
    raise unknown_claim(asked)
