"""Where each table of a history lies in its folder, and what lies there unread."""

from pathlib import Path

from features.errors import HistoryError

OPTIONAL = ("collateral", "guarantees", "sales")
SUFFIXES = (".parquet", ".csv")
# Endings of tables: notes that are called like one are none.
_TABULAR = {".xlsx", ".xls", ".xlsm", ".et", ".tsv", ".txt", ".gz", ".zip", *SUFFIXES}


def place_of(folder: Path, name: str) -> Path | None:
    """The file or folder of a table; None where an optional one is not there.

    Raises:
        HistoryError: A table is missing, stands there twice, or is in a form that is
            not read: passed over, collateral would be learnt as if there were none.
    """
    files = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    found = [p for p in files if p.exists()]
    found += [folder / name] if (folder / name).is_dir() else []
    if len(found) > 1:
        named = " and ".join(p.name for p in found)
        raise HistoryError(
            f"{folder.name}/{name} cannot be read: {named} are both there; keep one",
            zh=f"{folder.name}/{name} 无法读取：同时存在 {named}；请只保留一个",
        )
    unread = "" if found else _unread(folder, name)
    if unread:
        raise HistoryError(
            f"{folder} lacks {name}.parquet or {name}.csv, and {unread} is not read: "
            f"save its table as {name}.csv in UTF-8",
            zh=f"{folder} 缺少 {name}.parquet 或 {name}.csv，且不读取 {unread}；"
            f"请另存为 UTF-8 编码的 {name}.csv",
        )
    if not found and name not in OPTIONAL:
        raise HistoryError(
            f"{folder} lacks {name}.parquet or {name}.csv",
            zh=f"{folder} 缺少 {name}.parquet 或 {name}.csv",
        )
    return found[0] if found else None


def _unread(folder: Path, name: str) -> str:
    """The first file that is called like a table and is not read as it; or nothing."""
    tables = (p.name for p in folder.iterdir() if p.suffix.lower() in _TABULAR)
    return min((n for n in tables if n.lower().split(".")[0] == name), default="")
