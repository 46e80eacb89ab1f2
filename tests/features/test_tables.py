import json
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from features.errors import HistoryError
from features.outcomes import History
from features.package import obligors
from features.sources.tables import history_parts, read_history, write_history

Writer = Callable[..., Path]
CLAIM = {"claim_id": "001", "cutoff_date": "2020-01-01", "principal": 100.0}
CASH = {"claim_id": "001", "date": "2020-06-01", "amount": 5.0, "kind": "recovery"}
ITEM = {"claim_id": "001", "collateral_id": "M1"}
SALE = {
    **ITEM,
    "sale_date": "2021-02-01",
    "sale_outcome": "sold",
    "sale_price": 70.0,
}
STATUS = {"claim_id": "001", "status": "open", "status_date": "2022-01-01"}


@pytest.fixture
def written(tmp_path: Path) -> Writer:
    """Writes a directory of csv tables, some of them other than usual."""

    def write(**tables: list[dict[str, Any]]) -> Path:
        usual = {"claims": [CLAIM], "ledger": [CASH], "workouts": [STATUS]}
        for name, rows in {**usual, **tables}.items():
            table = pa.Table.from_pylist(rows)
            pa_csv.write_csv(table, tmp_path / f"{name}.csv")
        return tmp_path

    return write


def same(one: History, other: History) -> bool:
    packages = (one.package, other.package)
    tables = ("claims", "collateral", "guarantees")
    facts = [f.name for f in fields(History) if f.name != "package"]
    return all(getattr(one, f) == getattr(other, f) for f in facts) and all(
        getattr(packages[0], t).equals(getattr(packages[1], t)) for t in tables
    )


def test_a_history_is_read_as_it_was_written(history: History, tmp_path: Path) -> None:
    write_history(history, tmp_path / "market")
    again = read_history(tmp_path / "market")
    assert same(again, history)
    assert again.simulated


def test_a_partitioned_history_is_read_whole_or_by_its_parts(
    history: History, tmp_path: Path
) -> None:
    write_history(history, tmp_path, parts=3)
    again = read_history(tmp_path)
    ids = [again.package.claim_ids, history.package.claim_ids]
    assert sorted(ids[0]) == sorted(ids[1])
    position = {claim: row for row, claim in enumerate(ids[0])}
    rows = np.array([position[claim] for claim in ids[1]])
    assert again.take(rows).package.claims.equals(history.package.claims)
    assert again.take(rows).workouts.equals(history.workouts)
    assert len(again.ledger) == len(history.ledger)
    parts = history_parts(tmp_path)
    assert sum(parts.values()) == len(history)
    last = read_history(tmp_path, list(parts)[-1:])
    assert len(last) == list(parts.values())[-1]
    assert last.observed_until == history.observed_until
    named = [set(obligors(h.package)) for h in (last, read_history(tmp_path))]
    others = read_history(tmp_path, list(parts)[:-1])
    assert named[0] | set(obligors(others.package)) == named[1]
    assert not named[0] & set(obligors(others.package))


def test_a_part_may_lack_what_none_of_its_claims_has(
    history: History, tmp_path: Path
) -> None:
    write_history(history, tmp_path, parts=2)
    for name in ("ledger", "collateral", "sales"):
        (tmp_path / name / "part=0001" / f"{name}.parquet").unlink()
        (tmp_path / name / "part=0001").rmdir()
    bare = read_history(tmp_path, ["part=0001"])
    assert len(bare)
    assert len(bare.ledger) == len(bare.package.collateral) == len(bare.sales) == 0


def test_a_history_without_timing_stays_so(
    sba_history: History, tmp_path: Path
) -> None:
    write_history(sba_history, tmp_path)
    again = read_history(tmp_path)
    assert same(again, sba_history)
    assert not again.timing_observed


def test_tables_alone_are_a_real_history_named_after_their_directory(
    written: Writer,
) -> None:
    folder = written()
    history = read_history(folder)
    assert history.name == folder.name
    assert not history.simulated
    assert history.timing_observed
    assert history.observed_until == date(2022, 1, 1)
    assert history.package.claim_ids == ["001"]


def test_the_end_of_observation_can_be_stated(written: Writer) -> None:
    folder = written()
    (folder / "history.json").write_text('{"observed_until": "2023-06-30"}')
    assert read_history(folder).observed_until == date(2023, 6, 30)


def test_an_end_of_observation_that_has_not_come_is_refused(written: Writer) -> None:
    folder = written()
    (folder / "history.json").write_text('{"observed_until": "2199-06-30"}')
    with pytest.raises(HistoryError, match=r"2199-06-30 in .* lies in the future"):
        read_history(folder)


def test_another_encoding_is_refused_with_a_remedy(written: Writer) -> None:
    path = written() / "claims.csv"
    for word in ("001", "claim_id"):
        text = path.read_text("utf-8").replace(word, "张三")
        (path.parent / "claims.csv").write_bytes(text.encode("gb18030"))
        with pytest.raises(HistoryError, match=r"claims.csv is not in UTF-8; save it"):
            read_history(path.parent)
        path.write_text(text.replace("张三", word), "utf-8")


def test_workouts_may_come_in_any_order(written: Writer) -> None:
    claims = [CLAIM, {**CLAIM, "claim_id": "002"}]
    workouts = [{**STATUS, "claim_id": "002", "status": "closed"}, STATUS]
    history = read_history(written(claims=claims, workouts=workouts))
    assert history.workouts["status"].to_pylist() == ["open", "closed"]


def test_whole_numbers_may_come_as_pandas_writes_them(written: Writer) -> None:
    claims = [{**CLAIM, "age": "30.0"}, {**CLAIM, "claim_id": "002", "age": ""}]
    workouts = [STATUS, {**STATUS, "claim_id": "002"}]
    history = read_history(written(claims=claims, workouts=workouts))
    assert history.package.claims["age"].to_pylist() == [30, None]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"claims": [{**CLAIM, "colour": "red"}]}, "columns in claims: colour; rename"),
        (
            {"claims": [{"claim_id": "001", "prinzipal": 1.0}]},
            "prinzipal; rename or drop them; principal, cutoff_date are needed",
        ),
        (
            {"claims": [{**CLAIM, "principal": "5万"}]},
            r"claims\.csv cannot be read, row 2: principal '5万' is no money; write",
        ),
        ({"claims": [{**CLAIM, "principal": -1.0}]}, "row 2: principal -1.0 is not"),
        ({"claims": [{**CLAIM, "principal": None}]}, "principal is required"),
        (
            {"claims": [CLAIM, CLAIM], "workouts": [STATUS, STATUS]},
            "claims hold '001' more than once",
        ),
        ({"claims": [{**CLAIM, "product": "boat"}]}, "product 'boat' is none of"),
        ({"claims": [{**CLAIM, "age": 7}]}, "age 7 is below 16"),
        (
            {"claims": [{**CLAIM, "age": 30.5}]},
            "row 2: age '30.5' is no integer; write a whole number, as 12",
        ),
        (
            {"claims": [{**CLAIM, "age": 1e30}, {**CLAIM, "claim_id": "2"}]},
            r"row 2: age '1e\+30' is no integer; write a whole number, as 12",
        ),
        ({"claims": [{**CLAIM, "age": "inf"}]}, "row 2: age 'inf' is no integer"),
        (
            {"claims": [{**CLAIM, "principal": 1e13}]},
            r"principal 1\d+\.0 is above 1e\+12",
        ),
        ({"claims": [{**CLAIM, "principal": "inf"}]}, "is not a finite number"),
        (
            {"claims": [{**CLAIM, "cutoff_date": "soon"}]},
            "row 2: cutoff_date 'soon' is no date; write dates as 2024-06-30",
        ),
        ({"ledger": [{**CASH, "amount": -5.0}]}, "ledger, row 2: amount -5.0 is below"),
        (
            {"ledger": [{**CASH, "kind": "结案"}]},
            r"kind '结案' is none of recovery \(回款\), cost \(费用\)",
        ),
        (
            {"claims": [CLAIM, {**CLAIM, "claim_id": "合计"}]},
            "claims, row 3: claim_id '合计' is no claim",
        ),
        ({"ledger": [CASH, {**CASH, "claim_id": "2"}]}, "row 3: there is no claim '2'"),
        ({"ledger": [{**CASH, "date": "2019-06-01"}]}, "before the cut-off date"),
        ({"ledger": [{**CASH, "date": "2023-06-01"}]}, "after 2022-01-01"),
        ({"workouts": [{**STATUS, "claim_id": "2"}]}, "workouts lack the claim '001'"),
        ({"claims": [CLAIM, CLAIM]}, "claims hold '001' more than once"),
        ({"workouts": [STATUS, STATUS]}, "exactly one row per claim"),
        ({"workouts": [{**STATUS, "status_date": None}]}, "status_date is required"),
    ],
)
def test_a_wrong_table_is_refused_with_row_and_value(
    written: Writer, tables: dict[str, Any], message: str
) -> None:
    with pytest.raises(HistoryError, match=message):
        read_history(written(**tables))


@pytest.mark.parametrize("name", ["collateral", "guarantees", "ledger"])
@pytest.mark.parametrize(
    ("claim", "told", "told_zh"),
    [
        ("X9", "no claim 'X9' .* 1\\); add the claims or drop", "请补齐债权或删去"),
        ("1", "no claim '1' .*the claims write it '001'", "写作 '001'；请统一前导零"),
    ],
)
def test_a_row_of_no_claim_is_refused_with_its_place(
    written: Writer, name: str, claim: str, told: str, told_zh: str
) -> None:
    rows: dict[str, dict[str, Any]] = {
        "collateral": ITEM,
        "guarantees": {"claim_id": "001", "guarantor_id": "G1"},
        "ledger": CASH,
    }
    row = rows[name]
    with pytest.raises(HistoryError, match=f"{name}, row 3: there is {told}") as no:
        read_history(written(**{name: [row, {**row, "claim_id": claim}]}))
    assert told_zh in no.value.zh


def test_columns_in_a_sellers_words_are_told_by_the_names_they_need(
    written: Writer,
) -> None:
    claims = [
        {"借据编号": "001", "本金余额(万元)": 5.0, "基准日": "2020-01-01", "颜色": 1}
    ]
    with pytest.raises(HistoryError) as refused:
        read_history(written(claims=claims))
    first, second = "借据编号 to claim_id", "基准日 to cutoff_date"
    told = f"rename {first}, {second}, 本金余额(万元) to principal (in yuan)"
    assert str(refused.value).endswith(f"{told}, drop the others")
    assert "借据编号 改为 claim_id" in refused.value.zh


def test_a_ledger_in_chinese_is_told_what_it_means_and_read(written: Writer) -> None:
    cash = {
        "claim_id": "001",
        "回款日期": "2020-06-01",
        "回款金额": 5.0,
        "费用类型": "回款",
    }
    with pytest.raises(HistoryError) as refused:
        read_history(written(ledger=[cash]))
    told = "rename 回款日期 to date, 回款金额 to amount, 费用类型 to kind"
    assert str(refused.value).endswith(told)
    history = read_history(written(ledger=[{**CASH, "kind": "回款"}]))
    assert history.ledger["kind"].to_pylist() == ["recovery"]


@pytest.mark.parametrize("header", ["保证人", "guarantor_names"])
def test_guarantors_beside_claims_belong_in_a_table_of_their_own(
    written: Writer, header: str
) -> None:
    claims = [{"claim_id": "1", "principal": 5.0, "cutoff_date": "2020-01-01"}]
    with pytest.raises(HistoryError) as refused:
        read_history(written(claims=[{**claims[0], header: "张三丰、李四光"}]))
    assert f"whom {header} names belong in guarantees" in str(refused.value)
    assert f"{header} 所列应逐行写入 guarantees" in refused.value.zh


def test_a_reversal_is_to_be_set_off_and_not_to_be_dropped(written: Writer) -> None:
    with pytest.raises(HistoryError, match="set off against the entry") as refused:
        read_history(written(ledger=[CASH, {**CASH, "amount": -5.0}]))
    assert "drop the row" not in str(refused.value)
    assert "ledger 第3行" in refused.value.zh
    assert "冲正" in refused.value.zh


def test_sales_stand_beside_the_other_tables(written: Writer) -> None:
    history = read_history(written(collateral=[ITEM], sales=[SALE]))
    assert history.sales["sale_price"].to_pylist() == [70.0]
    assert history.sales["sale_round"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("sale", "message"),
    [
        ({**SALE, "collateral_id": "M2"}, "item 'M2' .* no row of the collateral"),
        ({**SALE, "sale_date": "2019-12-31"}, "not after the cut-off date"),
        ({**SALE, "sale_date": "2022-06-01"}, "lies after 2022-01-01"),
        ({**SALE, "sale_price": None}, "sold without a price above zero"),
        ({**SALE, "sale_price": -1.0}, "sales, row 2: sale_price -1.0 is below 0"),
        ({**SALE, "sale_outcome": "lost"}, "sale_outcome 'lost' is none of sold"),
        ({**SALE, "sale_outcome": None}, "sale_outcome is required and missing"),
        ({**SALE, "hammer": 1.0}, "unknown columns in sales: hammer"),
    ],
)
def test_a_wrong_sale_is_refused_with_row_and_remedy(
    written: Writer, sale: dict[str, Any], message: str
) -> None:
    with pytest.raises(HistoryError, match=message):
        read_history(written(collateral=[ITEM], sales=[sale]))


@pytest.mark.parametrize("missing", ["claims", "ledger", "workouts"])
def test_a_missing_table_is_named(written: Writer, missing: str) -> None:
    folder = written()
    (folder / f"{missing}.csv").unlink()
    with pytest.raises(HistoryError, match=f"lacks {missing}.parquet or"):
        read_history(folder)


def test_a_table_that_stands_there_twice_is_refused(written: Writer) -> None:
    folder = written()
    pq.write_table(pa.Table.from_pylist([CASH]), folder / "ledger.parquet")
    with pytest.raises(
        HistoryError, match=r"ledger\.parquet and ledger\.csv are"
    ) as no:
        read_history(folder)
    assert "请只保留一个" in no.value.zh


@pytest.mark.parametrize("file", ["collateral.xlsx", "Guarantees.csv", "ledger.xls"])
def test_a_table_in_a_form_that_is_not_read_is_not_passed_over(
    written: Writer, file: str
) -> None:
    folder = written()
    (folder / f"{Path(file).stem}.csv").unlink(missing_ok=True)
    (folder / file).write_bytes(b"PK")
    with pytest.raises(HistoryError, match=f"{file} is not read: save its") as no:
        read_history(folder)
    assert f"不读取 {file}" in no.value.zh


@pytest.mark.parametrize(
    ("tables", "told_zh"),
    [
        ({"ledger": [{**CASH, "kind": "赠与"}]}, "不在 recovery (回款), cost (费用)"),
        ({"ledger": [{**CASH, "date": "2020/6/1"}]}, "日期请写作 2024-06-30"),
        ({"claims": [{**CLAIM, "principal": "5万"}]}, "请只填数字"),
        ({"claims": [{**CLAIM, "principal": 0.0}]}, "不大于零"),
        ({"claims": [{**CLAIM, "age": 30.5}]}, "请填整数"),
        ({"claims": [CLAIM, CLAIM]}, "请只保留一行"),
        ({"workouts": [STATUS, STATUS]}, "请删去重复行"),
        ({"ledger": [{**CASH, "date": "2019-06-01"}]}, "早于该债权的基准日"),
    ],
)
def test_a_refusal_says_in_chinese_as_well_what_to_write(
    written: Writer, tables: dict[str, Any], told_zh: str
) -> None:
    with pytest.raises(HistoryError) as refused:
        read_history(written(**tables))
    assert told_zh in refused.value.zh


def test_a_damaged_parquet_file_is_named(written: Writer) -> None:
    folder = written()
    (folder / "ledger.csv").unlink()
    (folder / "ledger.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(HistoryError, match="ledger cannot be read"):
        read_history(folder)


def test_an_empty_history_is_refused(history: History, tmp_path: Path) -> None:
    write_history(history, tmp_path)
    for name in ("claims", "collateral", "guarantees", "ledger", "workouts"):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    with pytest.raises(HistoryError, match="holds no claim"):
        read_history(tmp_path)


def test_facts_saved_by_an_editor_of_windows_are_read(written: Writer) -> None:
    folder = written()
    (folder / "history.json").write_text('{"name": "处置"}', "utf-8-sig")
    assert read_history(folder).name == "处置"


@pytest.mark.parametrize("facts", ["{", '{"simulate": true}', '{"simulated": "so"}'])
def test_facts_that_cannot_be_read_are_refused(written: Writer, facts: str) -> None:
    folder = written()
    (folder / "history.json").write_text(facts)
    with pytest.raises(HistoryError, match=r"history\.json cannot be read"):
        read_history(folder)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    file.write_text(json.dumps({}))
    with pytest.raises(HistoryError, match="is not a directory"):
        read_history(file)
