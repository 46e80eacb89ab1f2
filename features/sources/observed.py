"""How far a history was observed: a day that somebody stated, or the latest status."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import HistoryError
from features.package import FIRST_ROW


def check_past(stated: date | None, where: str) -> None:
    """Refuse an end of observation that has not come yet.

    Args:
        stated: The last day of a complete ledger, if anybody stated it.
        where: The file that says so.

    Raises:
        HistoryError: It lies in the future.
    """
    if stated is not None and stated > _tomorrow():
        raise HistoryError(
            f"observed_until {stated} in {where} lies in the future: "
            "state the last day on which the ledger is complete",
            zh=f"{where} 中的 observed_until {stated} 晚于今天；"
            "请填写流水完整的最后一天",
        )


def observed_until(stated: date | None, workouts: pa.Table) -> date:
    """The last day of observation: as stated, else the latest day of a status.

    Args:
        stated: The last day of a complete ledger, if anybody stated it.
        workouts: Status of the claims, in the order of their file.

    Raises:
        HistoryError: The status of a work-out is of a day that has not come yet. Open
            ones may be, where the end is stated: whoever writes 9999-12-31 means that
            they go on.
    """
    day = workouts["status_date"]
    wrong = pc.greater(day, pa.scalar(_tomorrow()))
    if stated is not None:
        wrong = pc.and_(wrong, pc.equal(workouts["status"], "closed"))
    row = pc.index(wrong, True).as_py()
    if row >= 0:
        claim, rows = workouts["claim_id"][row].as_py(), pc.sum(wrong).as_py()
        raise HistoryError(
            f"workouts, row {row + FIRST_ROW}: status_date {day[row].as_py()} of claim "
            f"{claim!r} lies in the future (such rows: {rows:,}); state the day on "
            "which the work-out ended, or was last seen open",
            zh=f"workouts 第{row + FIRST_ROW}行：债权 {claim!r} 的 status_date "
            f"{day[row].as_py()} 晚于今天（此类行共{rows:,}行）；"
            "请填写结案日，在办的请填写最近一次核实日",
        )
    latest: date = pc.max(day).as_py()
    return stated or latest


def _tomorrow() -> date:
    # A day on, for it may be tomorrow already where the ledger is kept.
    return datetime.now(UTC).date() + timedelta(days=1)
