"""From a dropped tape to a valuation on record, by forms alone."""

import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from serving.drafts.drafts import SILENT, Drafts
from serving.settings import Settings
from serving.storage.listing import Filters
from serving.storage.store import Store
from serving.storage.tables import Draft, Valuation
from serving.workbench.words import text
from tests.serving.workbench.dropping import (
    CUTOFF,
    FOREIGN,
    LANGUAGES,
    TAPE,
    answered,
    correct,
    drop,
    dropped,
    followed,
    value_of,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tape_is_dropped_and_valued(
    client: TestClient, store: Store, language: str
) -> None:
    path = dropped(client, language=language)
    page = client.get(path)
    assert page.status_code == 200
    reason = "must be above zero" if language == "en" else "必须大于零"
    assert reason in page.text
    assert answered(client, path, target_return_rate="12").status_code == 303
    place = followed(client, path)

    identifier = place.rpartition("/")[2]
    assert place == f"/{language}/valuations/{identifier}"
    answer = client.get(f"/v1/valuations/{identifier}").json()
    assert answer["assumptions"]["target_return_rate"] == 0.12
    assert answer["assumptions"]["simulations"] == 500
    assert answer["package"]["claims"] == 12
    assert client.get("/v1/valuations").json()["items"][0]["door"] == "workbench"
    # The file is gone, and its pages lead to the valuation.
    with store.session() as session:
        kept = session.scalar(select(func.count(Draft.content)))
    assert kept == 0
    for page_of in (path, f"{path}/assumptions"):
        response = client.get(page_of, follow_redirects=False)
        assert response.headers["location"] == place


def test_a_list_that_a_ledger_prints_as_text_is_offered_and_read(
    client: TestClient,
) -> None:
    offered = re.search(r'accept="([^"]*)"', client.get("/zh/new").text)
    assert offered is not None
    assert {".txt", ".tsv", ".et"} < set(offered[1].split(","))
    printed = TAPE.decode().replace(",", "\t").encode("gb18030")
    path = dropped(client, printed, name="贷款台账.txt")
    assert "A00" in client.get(path).text


def test_figures_are_those_of_the_other_doors(client: TestClient) -> None:
    path = dropped(client)
    answered(client, path)
    identifier = followed(client, path).rpartition("/")[2]
    uploaded = client.post(
        "/v1/valuations/upload",
        files={"file": ("tape.csv", TAPE)},
        data={"cutoff_date": CUTOFF, "assumptions": '{"simulations": 500}'},
    ).json()
    answer = client.get(f"/v1/valuations/{identifier}").json()
    for each in (answer, uploaded):
        del each["id"], each["created_at"]
    assert answer == uploaded


def test_words_that_are_on_no_list_are_quoted_on_both_pages(
    client: TestClient,
) -> None:
    rows = [
        f"A{i},{1000 + i},{word}" for i, word in enumerate(("卜卦", "玄学", "卜卦"))
    ]
    tape = "\n".join(["借据号,本金余额,诉讼状态", *rows]).encode()
    path = dropped(client, tape)
    assert text("zh", "common.finding_words").format(words="卜卦、玄学") in (
        client.get(path).text
    )
    answered(client, path)
    page = client.get(followed(client, path)).text
    assert "3笔债权的诉讼状态无法识别（卜卦、玄学）" in page


def test_a_tape_of_unknown_headers_is_corrected_and_valued(
    client: TestClient,
) -> None:
    path = dropped(client, FOREIGN)
    page = client.get(path).text
    assert "还无法读取" in page
    assert "没有找到债权表的表头" in page
    assert "gb18030" in page
    assert "/assumptions" not in page
    columns = (
        ("编码", "claim_id", ""),
        ("欠款", "principal", "千元"),
        ("逾期天数", "days_past_due", ""),
        ("身份证号", "id_number", ""),
    )
    response = correct(client, path, *columns, seller="某银行")
    assert response.status_code == 303
    page = client.get(response.headers["location"]).text
    assert "0 → 12 笔" in page
    assert "人工指定" in page
    answered(client, path)
    identifier = followed(client, path).rpartition("/")[2]
    answer = client.get(f"/v1/valuations/{identifier}").json()
    assert answer["package"]["claim_yuan"] == 78e6

    again = client.get(dropped(client, FOREIGN, seller="某银行")).text
    assert again.count("沿用该出让方的更正") == 2
    assert "某银行" in client.get("/zh/new").text


def test_a_tape_without_a_date_is_mended(client: TestClient) -> None:
    path = dropped(client, cutoff_date="")
    page = client.get(path).text
    assert "缺少基准日" in page
    assert correct(client, path).status_code == 303
    assert "下一步" in client.get(path).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tape_without_claims_goes_no_further(
    client: TestClient, language: str
) -> None:
    template = client.get(f"/v1/template.xlsx?language={language}").content
    path = dropped(client, template, language=language)
    assert "/assumptions" not in client.get(path).text
    response = client.get(f"{path}/assumptions", follow_redirects=False)
    assert response.headers["location"] == path


def test_every_sheet_that_was_read_is_named(client: TestClient) -> None:
    book = openpyxl.Workbook()
    for number, name in enumerate(("苏州分行", "无锡分行")):
        sheet = book.create_sheet(name)
        sheet.append(("借据号", "本金余额"))
        sheet.append((f"A{number}", 1000 + number))
    stream = BytesIO()
    book.save(stream)

    page = client.get(dropped(client, stream.getvalue(), name="tape.xlsx")).text
    for name in ("苏州分行", "无锡分行"):
        assert f"工作表“{name}”读作债权" in page


def test_a_flag_that_keeps_every_claim_out_is_asked_about_and_left_out(
    client: TestClient,
) -> None:
    tape = "借据号,本金余额,是否转让\nA1,5,是\nA2,6,是".encode()
    path = dropped(client, tape)
    shown = client.get(path).text
    told = shown[shown.index('class="banner caution"') :]
    assert "该列可能表示“纳入本次转让”" in unescape(told[: told.index("</ul>")])
    assert 'value="是否转让"' in told[: told.index("<details")]

    correct(client, path, ("是否转让", "", ""))
    assert "是否转让=unused" not in client.get(path).text


def test_refused_corrections_come_back_as_they_were_made(client: TestClient) -> None:
    path = dropped(client)
    response = correct(
        client,
        path,
        ("附注", "principal", ""),
        ("逾期天数", "principal", ""),
        seller="甲银行",
    )
    assert response.status_code == 422
    assert "多列被指定为同一字段" in response.text
    assert response.text.count('aria-invalid="true"') == 2
    assert response.text.count('<option value="principal" selected>') == 3
    assert 'value="甲银行"' in response.text
    assert "甲银行" not in client.get("/zh/new").text


def test_values_of_persons_are_neither_shown_nor_kept(
    client: TestClient, store: Store
) -> None:
    headers = "claim_id,principal,id_number,保证人,保证人证件号码,紧急联系人电话"
    row = "A,5,11010519900307123X,张三,11010519900307123X,13800138000"
    path = dropped(client, f"{headers}\n{row}\n".encode())
    shown = client.get(path).text
    assert not any(told in shown for told in row.split(",")[2:])
    assert shown.count(text("zh", "draft.mark_personal")) == 3
    assert shown.count(text("zh", "draft.mark_personal_unread")) == 1
    seen = Drafts(store).seen(path.rpartition("/")[2])
    assert "11010519900307123X" not in str(seen)


def test_rejected_rows_are_paged_and_taken_along(client: TestClient) -> None:
    rows = [f"B{i},{'x' if i % 2 else 5}" for i in range(160)]
    path = dropped(client, "\n".join(["借据号,本金余额", *rows]).encode())
    assert "第 1–50 项，共 80 项" in client.get(path).text
    assert "第 51–80 项" in client.get(f"{path}?rejected_from=50").text
    book = client.get(f"{path}/rejected.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(book.content)).active
    assert sheet is not None
    assert sheet.max_row == 81


def test_a_removed_draft_is_gone(client: TestClient) -> None:
    path = dropped(client)
    response = client.post(f"{path}/removal", follow_redirects=False)
    assert response.headers["location"] == "/zh/new"
    for page in (path, f"{path}/assumptions", f"{path}/progress"):
        assert client.get(page).status_code == 404


def test_a_refused_valuation_leads_back_to_its_draft(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    few = settings.model_copy(update={"largest_claims": 3})
    with open_client(few) as client:
        path = dropped(client)
        answered(client, path)
        assert followed(client, path) == path
        page = client.get(path).text
    assert "共12笔债权，超过上限3笔" in page
    assert "下一步" in page


def test_another_process_goes_on_where_one_began(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    with open_client(settings) as first:
        path = dropped(first, FOREIGN)
        with open_client(settings) as second:
            columns = (("编码", "claim_id", ""), ("欠款", "principal", ""))
            assert correct(second, path, *columns).status_code == 303
            assert "12" in first.get(path).text
            assert answered(first, path).status_code == 303
            place = followed(second, path)
            assert second.get(f"/v1{place.removeprefix('/zh')}").status_code == 200


def test_a_valuation_that_was_left_by_its_process_is_started_again_once(
    client: TestClient, store: Store
) -> None:
    path = dropped(client)
    drafts, identifier = Drafts(store), path.rpartition("/")[2]
    drafts.take(identifier, {"simulations": 500})
    page = client.get(f"{path}/progress")
    assert "排队中" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert client.post(f"{path}/progress").status_code == 409

    long_ago = datetime.now(UTC) - SILENT - timedelta(seconds=1)
    with store.session() as session:
        session.execute(update(Draft).values(heard_at=long_ago))
    assert "重新开始" in client.get(f"{path}/progress").text
    assert "已中断" in client.get("/zh/new").text
    again = client.post(f"{path}/progress", follow_redirects=False)
    assert again.status_code == 303
    assert client.post(f"{path}/progress").status_code == 409
    followed(client, path)
    assert len(store.page(Filters(), 10)) == 1


def test_a_process_that_was_taken_over_puts_nothing_on_record(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dropped(client)
    identifier = path.rpartition("/")[2]
    add = Store.add

    def overtaken(self: Store, *arguments: Any, **named: Any) -> Any:
        with store.session() as session:
            session.execute(update(Draft).values(holder="somebody else"))
        return add(self, *arguments, **named)

    monkeypatch.setattr(Store, "add", overtaken)
    answered(client, path)
    for _ in range(200):
        if Drafts(store).get(identifier).holder == "somebody else":
            break
        time.sleep(0.05)
    time.sleep(0.2)
    with store.session() as session:
        assert session.scalar(select(func.count(Valuation.id))) == 0
    assert Drafts(store).get(identifier).state == "valuing"


def test_a_tape_is_read_while_every_worker_is_busy(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    open_client: Callable[..., TestClient],
) -> None:
    add, free = Store.add, threading.Event()

    def held_up(self: Store, *arguments: Any, **named: Any) -> Any:
        free.wait()
        return add(self, *arguments, **named)

    monkeypatch.setattr(Store, "add", held_up)
    one = settings.model_copy(update={"concurrent_valuations": 1})
    with open_client(one) as client:
        first, second = dropped(client), dropped(client)
        for path in (first, second):
            assert answered(client, path).status_code == 303
        assert correct(client, dropped(client)).status_code == 303
        assert "排队中" in client.get(f"{second}/progress").text
        free.set()
        for path in (first, second):
            assert "/valuations/" in followed(client, path)


def test_versions_of_a_tape_under_one_identifier_are_one_package(
    client: TestClient,
) -> None:
    for name in ("first.csv", "second.csv"):
        path = dropped(client, name=name, package_id=" P-7 ")
        assert value_of(client.get(path).text, "package_id") == "P-7"
        assert correct(client, path, package_id="P-8").status_code == 303
        assert answered(client, path).status_code == 303
        followed(client, path)

    rows = client.get("/v1/valuations", params={"package_id": "P-8"}).json()["items"]
    assert [row["filename"] for row in rows] == ["second.csv", "first.csv"]


def test_an_identifier_that_cannot_be_one_is_refused(client: TestClient) -> None:
    refused = drop(client, package_id="P" * 101)
    assert refused.status_code == 422
    assert "资产包编号" in refused.text
