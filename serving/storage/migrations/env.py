"""Runs the migrations on the connection that the store hands over."""

from alembic import context

import serving.access.tables
import serving.audit.tables
import serving.batches.tables
import serving.personal.tables  # noqa: F401
from serving.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata
)
with context.begin_transaction():
    context.run_migrations()
