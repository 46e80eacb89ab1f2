"""Somebody looks at the persons behind claims: why, and that it is noted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from features import catalogue
from features.errors import Finding, InputError, NotFoundError
from features.personal.recognition import masked
from serving.audit.log import LONGEST_FACT, Audit
from serving.identifiers import is_id, unknown_valuation
from serving.personal.persons import ClaimPersons
from serving.storage.store import Store

SHORTEST_REASON = 4
MOST_CLAIMS = 200


@dataclass(frozen=True)
class Asked:
    """Whose persons somebody asks for, and why.

    Attributes:
        valuation_id: The valuation.
        reason: Why they need to know; it is kept in the audit log.
        claim_id: One claim only.
        after: Only claims of a higher number, for the next page.
        limit: Most claims to give.
    """

    valuation_id: str
    reason: str
    claim_id: str | None = None
    after: int = -1
    limit: int = MOST_CLAIMS

    @property
    def claim_sha256(self) -> str | None:
        """Hash of the claim, where only one is asked for."""
        claim = self.claim_id
        return None if claim is None else sha256(claim.encode()).hexdigest()

    def check(self) -> str:
        """The reason as it is noted.

        Raises:
            InputError: It says nothing.
        """
        said = " ".join(self.reason.split())
        if len(said) < SHORTEST_REASON:
            reason = f"say in {SHORTEST_REASON} characters or more why you need it"
            zh = f"请用至少{SHORTEST_REASON}个字符说明查看原因"
            found = Finding("reason", reason, zh, table="", field="reason")
            raise InputError(reason, [found], zh)
        return masked(said)[:LONGEST_FACT]


@dataclass(frozen=True)
class Shown:
    """Persons as they are shown.

    Attributes:
        claims: The persons behind each claim.
        total: Claims whose persons are kept.
        last: Number of the last claim, for the next page; None where it is the last.
    """

    claims: Sequence[ClaimPersons] = field(repr=False)
    total: int
    last: int | None


def show(store: Store, asked: Asked) -> Shown:
    """The persons behind claims; the view is noted before anything is shown.

    Raises:
        InputError: No reason is given.
        NotFoundError: There is no such valuation, or nothing is kept of it or of the
            claim.
        StoreError: The store does not answer, or what it keeps does not open.
    """
    reason, vault = asked.check(), store.vault
    valuation = asked.valuation_id
    if not is_id(valuation):
        raise unknown_valuation(valuation)
    with store.session() as session:
        found = list(
            vault.persons(
                session, valuation, asked.claim_id, asked.after, asked.limit + 1
            )
        )
        if asked.claim_id is not None and not found:
            raise _unknown(asked.claim_id)
        page, more = found[: asked.limit], len(found) > asked.limit
        claims = [each for _, each in page]
        total = vault.count(session, valuation)
        facts = {
            "claim_sha256": asked.claim_sha256,
            "claims": len(claims),
            "fields": " ".join(_fields(claims))[:LONGEST_FACT],
            "reason": reason,
        }
        Audit.append(session, store.who, "personal.viewed", valuation, facts)
    return Shown(claims, total, page[-1][0] if more else None)


def _fields(claims: Sequence[ClaimPersons]) -> list[str]:
    told = {name for each in claims for e in each.entries for name in e["facts"]}
    known = (n for table in catalogue.TAPE_TABLES for n in catalogue.fields(table))
    return [name for name in dict.fromkeys(known) if name in told]


def _unknown(claim_id: str) -> NotFoundError:
    return NotFoundError(
        f"nothing is kept of the persons behind {claim_id[:40]}",
        zh=f"债权{claim_id[:40]}未保存个人信息",
    )
