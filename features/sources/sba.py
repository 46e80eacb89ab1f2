"""Charge-offs of the US Small Business Administration's 7(a) loans as a history.

Reads the public SBAnational.csv, whole or a sample, plain or gzipped. The recovery
rate is the share of disbursed principal that was not charged off: a proxy that also
counts what was repaid before default. When it was repaid is not known, so the
history has no timing. Three traps are handled here: ``Term`` is rewritten at
charge-off and never read; ``MIS_Status`` and ``ChgOffPrinGr`` are the outcome; years
have two digits and none lies after 2014.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from features.errors import HistoryError
from features.outcomes import History, validated
from features.package import Floats, Package, canonical_table

LAST_YEAR = 2014
NEEDED = (
    *("LoanNr_ChkDgt", "State", "Bank", "BankState", "NAICS", "ApprovalDate"),
    *("NoEmp", "NewExist", "CreateJob", "RetainedJob", "FranchiseCode"),
    *("UrbanRural", "RevLineCr", "LowDoc", "ChgOffDate", "DisbursementDate"),
    *("DisbursementGross", "ChgOffPrinGr", "GrAppv", "SBA_Appv"),
)

# Sections of GB/T 4754 nearest to the two-digit sectors of NAICS.
SECTION_OF_SECTOR = {
    **dict.fromkeys(["11"], "A"),
    **dict.fromkeys(["21"], "B"),
    **dict.fromkeys(["31", "32", "33"], "C"),
    **dict.fromkeys(["22"], "D"),
    **dict.fromkeys(["23"], "E"),
    **dict.fromkeys(["42", "44", "45"], "F"),
    **dict.fromkeys(["48", "49"], "G"),
    **dict.fromkeys(["72"], "H"),
    **dict.fromkeys(["51"], "I"),
    **dict.fromkeys(["52"], "J"),
    **dict.fromkeys(["53"], "K"),
    **dict.fromkeys(["55", "56"], "L"),
    **dict.fromkeys(["54"], "M"),
    **dict.fromkeys(["81"], "O"),
    **dict.fromkeys(["61"], "P"),
    **dict.fromkeys(["62"], "Q"),
    **dict.fromkeys(["71"], "R"),
    **dict.fromkeys(["92"], "S"),
}


def read_history(path: Path) -> History:
    """The charge-offs of a file as a history, oldest first.

    Loans without a charge-off, without a date of it or with nothing disbursed are
    left out.

    Args:
        path: SBAnational.csv or a sample in its columns, ``.csv`` or ``.csv.gz``.

    Raises:
        HistoryError: The file is missing, lacks columns or holds no charge-off.
    """
    raw = _charged_off(_read(path))
    claims = canonical_table("claims", _claims(raw))
    recovered = _recovered_yuan(raw)
    cutoff = claims["cutoff_date"]
    return validated(
        History(
            name="sba",
            simulated=False,
            timing_observed=False,
            observed_until=max(cutoff.to_pylist()),
            package=Package.of(claims, header={"package_name": "SBA 7(a) charge-offs"}),
            ledger=canonical_table("ledger", _ledger(claims, recovered)),
            workouts=canonical_table("workouts", _workouts(claims)),
        )
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        raw = pd.read_csv(path, dtype="string", usecols=NEEDED, encoding="utf-8-sig")
    except FileNotFoundError:
        raise HistoryError(f"no such file: {path}", zh=f"没有文件{path}") from None
    except ValueError as error:
        raise HistoryError(
            f"{path.name} is not SBAnational.csv: {error}",
            zh=f"{path.name}不是SBAnational.csv：{error}",
        ) from None
    stripped: pd.DataFrame = raw.apply(lambda column: column.str.strip())
    return stripped


def _charged_off(raw: pd.DataFrame) -> pd.DataFrame:
    """Loans with a dated charge-off and a disbursement, by date of charge-off."""
    charged = raw.assign(
        cutoff=_dates(raw["ChgOffDate"]),
        origination=_dates(raw["DisbursementDate"]).fillna(_dates(raw["ApprovalDate"])),
        disbursed=_dollars(raw["DisbursementGross"]),
        charged_off=_dollars(raw["ChgOffPrinGr"]),
    )
    usable = (
        charged["cutoff"].notna()
        & (charged["disbursed"] > 0)
        & (charged["charged_off"] > 0)
    )
    chosen = charged[usable].drop_duplicates("LoanNr_ChkDgt")
    if chosen.empty:
        raise HistoryError(
            "the file holds no charge-off with a date and an amount",
            zh="文件中没有同时具备日期与金额的核销记录",
        )
    return chosen.sort_values(["cutoff", "LoanNr_ChkDgt"], ignore_index=True)


def _dollars(column: "pd.Series[str]") -> "pd.Series[float]":
    """Amounts such as ``$60,000.00`` or ``60000``."""
    return pd.to_numeric(
        column.str.replace(r"[$,\s]", "", regex=True), errors="coerce"
    ).astype("float64")


def _dates(column: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Dates such as ``28-Feb-97``, ``4-Oct-05`` or ``2/28/1997``."""
    short = pd.to_datetime(column, format="%d-%b-%y", errors="coerce")
    long = pd.to_datetime(column, format="%m/%d/%Y", errors="coerce")
    century = short.dt.year > LAST_YEAR
    return short.where(~century, short - pd.DateOffset(years=100)).fillna(long)


def _flag(column: "pd.Series[str]", yes: str, no: str) -> "pd.Series[bool]":
    return column.map({yes: True, no: False}).astype("boolean")


def _count(column: "pd.Series[str]") -> "pd.Series[int]":
    return pd.to_numeric(column, errors="coerce").astype("Int64")


def _claims(raw: pd.DataFrame) -> pa.Table:
    revolving = raw["RevLineCr"].map({"Y": "revolving_credit", "N": "other_product"})
    franchise = _count(raw["FranchiseCode"])
    columns = {
        "claim_id": raw["LoanNr_ChkDgt"],
        "cutoff_date": raw["cutoff"].dt.date,
        "origination_date": raw["origination"]
        .where(raw["origination"] <= raw["cutoff"])
        .dt.date,
        "principal": raw["disbursed"],
        "claim_total": raw["disbursed"],
        "approved_amount": _dollars(raw["GrAppv"]),
        "guaranteed_amount": _dollars(raw["SBA_Appv"]),
        "seller": raw["Bank"],
        "seller_province": raw["BankState"],
        "province": raw["State"],
        "industry": raw["NAICS"].str[:2].map(SECTION_OF_SECTOR),
        "product": revolving,
        "legal_type": pd.Series("small", raw.index),
        "security_type": pd.Series("guaranteed", raw.index),
        "urban_rural": raw["UrbanRural"].map({"1": "urban", "2": "rural"}),
        "employees": _count(raw["NoEmp"]),
        "jobs_created": _count(raw["CreateJob"]),
        "jobs_retained": _count(raw["RetainedJob"]),
        "new_business": _flag(raw["NewExist"], "2", "1"),
        "franchise": franchise > 1,
        "low_documentation": _flag(raw["LowDoc"], "Y", "N"),
    }
    return pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)


def _recovered_yuan(raw: pd.DataFrame) -> Floats:
    """Disbursed principal that was not charged off, shape (n,)."""
    disbursed = raw["disbursed"].to_numpy(np.float64)
    charged_off = raw["charged_off"].to_numpy(np.float64)
    recovered: Floats = np.clip(disbursed - charged_off, 0.0, disbursed)
    return recovered


def _ledger(claims: pa.Table, recovered_yuan: Floats) -> pa.Table:
    return pa.table(
        {
            "claim_id": claims["claim_id"],
            "date": claims["cutoff_date"],
            "amount": recovered_yuan,
            "kind": pa.array(["recovery"] * len(claims)),
            "source": pa.array(["from_obligor"] * len(claims)),
        }
    )


def _workouts(claims: pa.Table) -> pa.Table:
    return pa.table(
        {
            "claim_id": claims["claim_id"],
            "status": pa.array(["closed"] * len(claims)),
            "status_date": claims["cutoff_date"],
        }
    )
