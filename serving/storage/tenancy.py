"""Rows that belong to one tenant, and sessions that see no other's.

Nobody who reads or writes the store has to remember it: every SELECT, UPDATE and DELETE
of a session gets the tenant's condition, subqueries included, and every INSERT its
tenant, whether rows are added as objects or by statement. A statement that names a
table of tenants in place of its mapped class cannot be held to that and is refused.
"""

import re

from sqlalchemy import Engine, String, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import (
    Mapped,
    MappedColumn,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)

LONGEST_TENANT = 64
_OPTION = "recoup_tenant"
_WORD = re.compile(r"\w+")


def _tenant_of_session(context: DefaultExecutionContext) -> str:
    tenant: str = context.execution_options[_OPTION]
    return tenant


def tenant_column(*, primary_key: bool = False) -> MappedColumn[str]:
    """The column of the tenant, filled in by the session."""
    return mapped_column(
        String(LONGEST_TENANT), primary_key=primary_key, default=_tenant_of_session
    )


class OfTenant:
    """Mixin of a table whose rows each belong to one tenant."""

    tenant: Mapped[str] = tenant_column()


class TenantSession(Session):
    """A session that sees and writes the rows of one tenant."""

    def __init__(self, engine: Engine, tenant: str) -> None:
        """Bind a session to a tenant.

        Args:
            engine: Of the store.
            tenant: Whose rows these are.
        """
        super().__init__(
            engine.execution_options(**{_OPTION: tenant}), expire_on_commit=False
        )
        self.tenant = tenant


@event.listens_for(TenantSession, "do_orm_execute")
def _see_own_rows(state: ORMExecuteState) -> None:
    session = state.session
    if not isinstance(session, TenantSession):
        return
    if not state.is_orm_statement:
        _check_names_none(str(state.statement))
        return
    if state.is_insert:
        return
    tenant = session.tenant
    state.statement = state.statement.options(
        with_loader_criteria(
            OfTenant, lambda table: table.tenant == tenant, include_aliases=True
        )
    )


def _check_names_none(statement: str) -> None:
    named = _tables_of_tenants() & set(_WORD.findall(statement))
    if named:
        raise TypeError(f"say the mapped classes of {sorted(named)}, not their tables")


def _tables_of_tenants() -> set[str]:
    return {
        table.__tablename__  # type: ignore[attr-defined]
        for table in OfTenant.__subclasses__()
    }


@event.listens_for(TenantSession, "before_flush")
def _write_own_rows(session: Session, *_: object) -> None:
    if isinstance(session, TenantSession):
        for row in session.new:
            if isinstance(row, OfTenant):
                row.tenant = session.tenant
