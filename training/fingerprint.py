"""The identity of a history: a hash over everything that it holds."""

from hashlib import sha256

import pyarrow as pa
import pyarrow.csv as pa_csv

from features.outcomes import History


def fingerprint(history: History) -> str:
    """SHA-256 over the tables of a history: the same data, the same fingerprint.

    The tables are hashed as text: their bytes in memory depend on how they were made.
    """
    digest = sha256()
    package = history.package
    for table in (
        package.claims,
        package.collateral,
        package.guarantees,
        history.ledger,
        history.workouts,
    ):
        sink = pa.BufferOutputStream()
        pa_csv.write_csv(table, sink)
        digest.update(sink.getvalue())
    return digest.hexdigest()
