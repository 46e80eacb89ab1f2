import csv
import gzip
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from features.errors import HistoryError
from features.outcomes import History, quarter_panel, realised
from features.sources.sba import read_history

LOAN = {
    "LoanNr_ChkDgt": "1000093009",
    "Name": "A BORROWER",
    "State": "NJ",
    "Bank": "FIRST BANK",
    "BankState": "SD",
    "NAICS": "442210",
    "ApprovalDate": "28-Feb-97",
    "Term": "84",
    "NoEmp": "4",
    "NewExist": "2",
    "CreateJob": "1",
    "RetainedJob": "0",
    "FranchiseCode": "1",
    "UrbanRural": "1",
    "RevLineCr": "N",
    "LowDoc": "Y",
    "ChgOffDate": "4-Oct-05",
    "DisbursementDate": "7/22/1998",
    "DisbursementGross": "$60,000.00 ",
    "MIS_Status": "CHGOFF",
    "ChgOffPrinGr": "$45,000.00 ",
    "GrAppv": "$60,000.00 ",
    "SBA_Appv": "$48,000.00 ",
}
Reader = Callable[..., History]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Writes loans that differ from a usual one and reads them as a history."""

    def read_loans(*loans: dict[str, str], without: str = "") -> History:
        path = tmp_path / "SBAnational.csv"
        columns = [c for c in LOAN if c != without]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            for number, loan in enumerate(loans):
                writer.writerow({**LOAN, "LoanNr_ChkDgt": str(number), **loan})
        return read_history(path)

    return read_loans


def test_recovery_is_the_disbursed_share_that_was_not_charged_off(
    read: Reader,
) -> None:
    history = read({}, {"ChgOffPrinGr": "$70,000.00 "}, {"ChgOffPrinGr": "60000"})
    assert realised(history, 1_200).gross_rate.tolist() == [0.25, 0.0, 0.0]
    assert history.package.claim_yuan().tolist() == [60_000.0] * 3
    assert not history.timing_observed
    assert not history.simulated


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("28-Feb-97", date(1997, 2, 28)),
        ("4-Oct-05", date(2005, 10, 4)),
        ("31-Dec-14", date(2014, 12, 31)),
        ("15-Jun-66", date(1966, 6, 15)),
        ("9/1/2008", date(2008, 9, 1)),
    ],
)
def test_years_of_two_digits_fall_into_the_programme(
    read: Reader, written: str, read_as: date
) -> None:
    claims = read({"ChgOffDate": written}).package.claims
    assert claims["cutoff_date"].to_pylist() == [read_as]


def test_origination_is_the_disbursement_or_else_the_approval(read: Reader) -> None:
    history = read({}, {"DisbursementDate": ""}, {"DisbursementDate": "1/1/2007"})
    dates = history.package.claims["origination_date"].to_pylist()
    assert dates == [date(1998, 7, 22), date(1997, 2, 28), None]


def test_loans_without_a_charge_off_are_left_out(read: Reader) -> None:
    history = read(
        {"MIS_Status": "P I F", "ChgOffDate": "", "ChgOffPrinGr": "$0.00 "},
        {"ChgOffDate": ""},
        {"ChgOffPrinGr": "$0.00 "},
        {"DisbursementGross": "$0.00 "},
        {"LoanNr_ChkDgt": "kept"},
    )
    assert history.package.claim_ids == ["kept"]


def test_the_term_is_never_read(read: Reader) -> None:
    usual = read({})
    for history in (read({"Term": "3"}), read({}, without="Term")):
        assert history.package.claims.equals(usual.package.claims)
        assert history.ledger.equals(usual.ledger)


def test_facts_of_the_loan_take_catalogue_names(read: Reader) -> None:
    claim = read({}).package.claims.to_pylist()[0]
    stated = {
        "seller": "FIRST BANK",
        "seller_province": "SD",
        "province": "NJ",
        "industry": "F",
        "product": "other_product",
        "urban_rural": "urban",
        "employees": 4,
        "jobs_created": 1,
        "new_business": True,
        "franchise": False,
        "low_documentation": True,
        "approved_amount": 60_000.0,
        "guaranteed_amount": 48_000.0,
    }
    assert {name: claim[name] for name in stated} == stated


def test_codes_without_a_meaning_are_missing(read: Reader) -> None:
    unknown = dict.fromkeys(
        ("NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc"), "0"
    )
    claim = read(unknown).package.claims.to_pylist()[0]
    for name in ("industry", "new_business", "urban_rural", "product"):
        assert claim[name] is None
    assert claim["low_documentation"] is None


def test_claims_stand_in_order_of_their_charge_off(read: Reader) -> None:
    history = read({"ChgOffDate": "1-Jan-09"}, {"ChgOffDate": "1-Jan-08"}, {})
    assert history.package.claim_ids == ["2", "1", "0"]
    assert history.observed_until == date(2009, 1, 1)


def test_a_loan_that_stands_twice_counts_once(read: Reader) -> None:
    assert len(read({"LoanNr_ChkDgt": "7"}, {"LoanNr_ChkDgt": "7"})) == 1


def test_a_file_of_another_kind_is_refused(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"not SBAnational\.csv.*ChgOffPrinGr"):
        read({}, without="ChgOffPrinGr")
    with pytest.raises(HistoryError, match="holds no charge-off"):
        read({"ChgOffDate": ""})
    with pytest.raises(HistoryError, match="no such file"):
        read_history(tmp_path / "absent.csv")
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(HistoryError, match=r"not SBAnational\.csv"):
        read_history(empty)


def test_the_sample_holds_the_charge_offs_that_its_readme_counts(
    sba_csv: Path, sba_history: History
) -> None:
    with gzip.open(sba_csv, "rt") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3_956
    charged_off = [r for r in rows if float(r["ChgOffPrinGr"]) > 0]
    assert len(sba_history) == len(charged_off) == 3_928
    cutoffs = sba_history.package.claims["cutoff_date"].to_pylist()
    by_year = Counter(day.year for day in cutoffs)
    assert [by_year[year] for year in (2008, 2009, 2010)] == [767, 641, 993]
    before = [sum(n for y, n in by_year.items() if y < t) for t in (2008, 2009, 2010)]
    assert before == [1_527, 2_294, 2_935]


def test_the_level_of_the_sample_drifts_as_its_readme_says(
    sba_history: History,
) -> None:
    panel = quarter_panel(sba_history, 20)
    assert len(panel.claim) == len(sba_history)
    cutoffs = sba_history.package.claims["cutoff_date"].to_pylist()
    years = np.array([day.year for day in cutoffs])
    level = [panel.share[years == year].mean() for year in (2008, 2009, 2010)]
    assert level == pytest.approx([0.24, 0.38, 0.49], abs=0.005)
