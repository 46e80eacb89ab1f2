"""A valuation as a workbook, in Chinese and English: the figures of the answer."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from features.package import Package
from features.segment import SEGMENT_ZH
from models.pricing.assumptions import Assumptions
from serving.document import Document
from serving.sheets.book import SIMULATED, workbook
from serving.sheets.cash_chart import cash_chart
from serving.sheets.cash_flow import CashFlowSheet
from serving.sheets.cells import Cell, Column, Kind
from serving.sheets.collateral import COLLATERAL_OF_CLAIM, collateral_of_claim
from serving.sheets.explanation import (
    ASKED,
    FAMILY,
    REASONS_OF_CLAIM,
    asked_first,
    families_of_package,
    reasons_of_claim,
)
from serving.sheets.findings import FINDING, finding_cells
from serving.sheets.liquidation import (
    GUARANTORS,
    LIQUIDATION,
    WATERFALL,
    guarantors_called,
    liquidation_of_claims,
    waterfall_of_items,
)
from serving.sheets.parts import PARTS, parts
from serving.sheets.review import STEP, review_steps, review_summary
from serving.sheets.stress import (
    DRIVER,
    SCENARIO,
    scenarios_of_package,
    tornado_of_package,
)
from serving.sheets.tape import tape_sheets
from serving.workbench.claims.values import driver_value
from serving.workbench.labels import segment_label
from serving.workbench.numbers import clock
from serving.workbench.view import View


def valuation_workbook(
    answer: Document,
    package: Package | None = None,
    review: Mapping[str, Any] | None = None,
) -> bytes:
    """The workbook of an answer; the same answer gives the same bytes.

    Args:
        answer: Identifier, time and document.
        package: What was priced, for sheets that can be edited and handed in again;
            None leaves them out.
        review: The answer about the review of the valuation; None leaves it out.
    """
    target, cash = BytesIO(), CashFlowSheet(answer)
    with workbook(target, simulated=answer["model"]["simulated"]) as sheets:
        judged = () if review is None else review_summary(review)
        summary = sheets.pairs("摘要 Summary", [*_summary(answer), *judged])
        summary.insert_chart("E2", cash_chart(sheets, cash.last))
        sheets.pairs("假设 Assumptions", _assumptions(answer), _ASSUMPTION)
        sheets.table("分类 Segments", _SEGMENT, _segments(answer))
        sheets.table("债权 Claims", _CLAIM, map(_claim, answer["claims"]))
        sheets.table("因素 Families", FAMILY, families_of_package(answer))
        sheets.table("待补充 Ask first", ASKED, asked_first(answer))
        sheets.table("清算 Liquidation", LIQUIDATION, liquidation_of_claims(answer))
        sheets.table("押品清算 Waterfall", WATERFALL, waterfall_of_items(answer))
        sheets.table("保证人 Guarantors", GUARANTORS, guarantors_called(answer))
        sheets.table("情景 Scenarios", SCENARIO, scenarios_of_package(answer))
        sheets.table("敏感性 Tornado", DRIVER, tornado_of_package(answer))
        cash.add(sheets)
        if review is not None and review["events"]:
            sheets.table("评审 Review", STEP, review_steps(review))
        sheets.table("提示 Warnings", FINDING, _warnings(answer))
        sheets.table("拒绝行 Rejected rows", FINDING, _rejected(answer))
        sheets.table("列 Columns", _COLUMN, _columns(answer))
        if package is not None and answer["revaluation"] is None:
            tape_sheets(sheets, package)
    return target.getvalue()


def _summary(answer: Document) -> Iterator[tuple[str, str, Cell, Kind]]:
    model, package = answer["model"], answer["package"]
    if model["simulated"]:
        yield SIMULATED
    yield "估值编号", "valuation", answer["id"], "text"
    created = answer["created_at"]
    yield "北京时间", "time in Beijing", clock(created) if created else None, "text"
    yield "文件", "file", answer["filename"], "text"
    yield "模型", "model", f"{model['name']} v{model['version']}", "text"
    yield "模型哈希", "model sha256", model["sha256"], "text"
    yield "训练数据", "trained on", model["source"], "text"
    yield "数据截止", "history observed until", model["observed_until"], "text"
    yield "资产包编号", "package", package["package_id"], "text"
    yield "交易基准日", "cut-off date", package["cutoff_date"], "text"
    yield "债权笔数", "claims", package["claims"], "integer"
    yield "债权合计（元）", "claim (yuan)", package["claim_yuan"], "yuan"
    yield (
        "预期回款（元）",
        "gross cash (yuan)",
        package["expected"]["gross_yuan"],
        "yuan",
    )
    yield "处置费用（元）", "cost (yuan)", package["expected"]["cost_yuan"], "yuan"
    yield "净回款（元）", "net cash (yuan)", package["expected"]["net_yuan"], "yuan"
    for (zh, en, kind), cell in zip(PARTS, parts(package), strict=True):
        yield zh, en, cell, kind
    yield "预期回收率", "recovery rate", package["recovery_rate"], "rate"
    value = package["present_value_yuan"]
    yield "净现值（元）", "present value (yuan)", value, "yuan"
    yield "最高报价（元）", "maximum bid (yuan)", package["maximum_bid_yuan"], "yuan"
    yield from _barred(package["eligibility"])
    liquidation = package["liquidation"]
    value = liquidation["present_value_yuan"]
    yield "清算净现值（元）", "liquidation present value (yuan)", value, "yuan"
    value = liquidation["maximum_bid_yuan"]
    yield "清算法最高报价（元）", "liquidation maximum bid (yuan)", value, "yuan"
    yield from _at_price(package["at_price"])
    for level, percentile in package["percentiles"].items():
        gross, worth = percentile["gross_yuan"], percentile["present_value_yuan"]
        yield f"回款 {level}（元）", f"gross cash {level} (yuan)", gross, "yuan"
        yield f"净现值 {level}（元）", f"present value {level} (yuan)", worth, "yuan"
    yield "数据完整度", "completeness", package["completeness_rate"], "rate"


def _barred(eligibility: Mapping[str, Any]) -> Iterator[tuple[str, str, Cell, Kind]]:
    count, without = (
        eligibility["barred_claims"],
        eligibility["maximum_bid_without_yuan"],
    )
    yield "不得收购的债权笔数", "claims that must not be bought", count, "integer"
    yield "剔除后最高报价（元）", "maximum bid without them (yuan)", without, "yuan"


def _at_price(
    at_price: Mapping[str, Any] | None,
) -> Iterator[tuple[str, str, Cell, Kind]]:
    if at_price is None:
        return
    yield "测算价格（元）", "price (yuan)", at_price["price_yuan"], "yuan"
    yield "内部收益率", "internal rate of return", at_price["irr_rate"], "rate"
    yield "回收倍数", "multiple", at_price["multiple"], "plain"
    yield "回收期（月）", "payback (months)", at_price["payback_months"], "integer"


_ASSUMPTION = ("说明\nmeaning", "假设\nassumption", "取值\nvalue used")


def _assumptions(answer: Document) -> Iterator[tuple[str, str, Cell, Kind]]:
    used = _used_assumptions(answer)
    for name, field in Assumptions.model_fields.items():
        extra = field.json_schema_extra
        zh = extra.get("description_zh", name) if isinstance(extra, dict) else name
        kind: Kind = "rate" if name.endswith("_rate") else "plain"
        yield str(zh), name, used[name], kind


def _used_assumptions(answer: Document) -> Mapping[str, Any]:
    """The assumptions, with what stands in for those that were left open."""
    package = answer["package"]
    at_price = package["at_price"] or {}
    stand_ins = {
        "price_yuan": at_price.get("price_yuan"),
        "factor_correlation": "模型各因子 the model's factors",
    }
    stated = {k: v for k, v in answer["assumptions"].items() if v is not None}
    paid = [f"{p['month']}: {p['share_rate']:.2%}" for p in stated["payments"]]
    return {**stand_ins, **stated, "payments": ", ".join(paid) or "0: 100%"}


_SEGMENT: tuple[Column, ...] = (
    ("分类", "segment", "text"),
    ("名称", "name", "text"),
    ("笔数", "claims", "integer"),
    ("债权（元）", "claim (yuan)", "yuan"),
    ("预期回款（元）", "gross (yuan)", "yuan"),
    ("费用（元）", "cost (yuan)", "yuan"),
    ("净回款（元）", "net (yuan)", "yuan"),
    ("回收率", "recovery rate", "rate"),
    ("净现值（元）", "present value (yuan)", "yuan"),
)


def _segments(answer: Document) -> Iterator[Sequence[Cell]]:
    for part in answer["package"]["segments"]:
        yield (
            part["segment"],
            SEGMENT_ZH[part["segment"]],
            part["claims"],
            part["claim_yuan"],
            *part["expected"].values(),
            part["recovery_rate"],
            part["present_value_yuan"],
        )


_CLAIM: tuple[Column, ...] = (
    ("债权编号", "claim", "text"),
    ("行号", "row", "integer"),
    ("分类", "segment", "text"),
    ("债权（元）", "claim (yuan)", "yuan"),
    ("预期回收率", "recovery rate", "rate"),
    ("P10", "P10", "rate"),
    ("P50", "P50", "rate"),
    ("P90", "P90", "rate"),
    ("预期回款（元）", "gross (yuan)", "yuan"),
    ("费用（元）", "cost (yuan)", "yuan"),
    ("净回款（元）", "net (yuan)", "yuan"),
    ("净现值（元）", "present value (yuan)", "yuan"),
    *PARTS,
    *COLLATERAL_OF_CLAIM,
    ("数据完整度", "completeness", "rate"),
    ("基准回收率", "baseline rate", "rate"),
    ("驱动因素1", "driver 1", "sentence"),
    ("驱动因素2", "driver 2", "sentence"),
    ("驱动因素3", "driver 3", "sentence"),
    ("驱动因素4", "driver 4", "sentence"),
    ("驱动因素5", "driver 5", "sentence"),
    ("其他因素合计", "other drivers", "rate"),
    *REASONS_OF_CLAIM,
    ("提示", "warnings", "sentence"),
)
_STRONGEST = 5
_READERS = tuple(View(language=of, unit="yuan", path="") for of in ("zh", "en"))


def _claim(claim: Mapping[str, Any]) -> Sequence[Cell]:
    drivers = [_driver(d) for d in claim["drivers"]]
    return (
        claim["claim_id"],
        claim["row"],
        _segment(claim["segment"]),
        claim["claim_yuan"],
        *claim["recovery_rate"].values(),
        claim["gross_yuan"],
        claim["cost_yuan"],
        claim["net_yuan"],
        claim["present_value_yuan"],
        *parts(claim),
        *collateral_of_claim(claim),
        claim["completeness_rate"],
        claim["baseline_rate"],
        *drivers,
        *[None] * (_STRONGEST - len(drivers)),
        claim["other_drivers_points"],
        *reasons_of_claim(claim),
        "；".join(f"{w['reason_zh']} {w['reason']}" for w in claim["warnings"]) or None,
    )


def _segment(name: str) -> str:
    return " ".join(segment_label(name, reader.language) for reader in _READERS)


def _driver(driver: Mapping[str, Any]) -> str:
    title = f"{driver['title_zh']} {driver['title']}"
    return f"{title} = {_value(driver)}: {driver['points']:+.2%}"


def _value(driver: Mapping[str, Any]) -> str:
    """Value of a driver in both languages, once where they say the same."""
    if driver["value"] is None:
        return "缺失 missing"
    return " ".join(dict.fromkeys(driver_value(reader, driver) for reader in _READERS))


def _warnings(answer: Document) -> Iterator[Sequence[Cell]]:
    for warning in answer["warnings"]:
        yield finding_cells(warning, warning.get("table"), warning.get("row"))
    for claim in answer["claims"]:
        for warning in claim["warnings"]:
            yield finding_cells(warning, "claims", claim["row"])


def _rejected(answer: Document) -> Iterator[Sequence[Cell]]:
    for row in answer["rejected_rows"]:
        for finding in row["findings"]:
            yield finding_cells(finding, row["table"], row["row"])


_COLUMN: tuple[Column, ...] = (
    ("表", "table", "text"),
    ("表头", "header", "text"),
    ("识别为", "read as", "text"),
    ("单位", "unit", "text"),
    ("单位已注明", "unit stated", "text"),
    ("个人信息（不列示）", "personal (not shown)", "text"),
    ("人工指定", "said by hand", "text"),
)


_COLUMN_FACTS = (
    "table",
    "header",
    "field",
    "unit",
    "unit_stated",
    "personal",
    "by_hand",
)


def _columns(answer: Document) -> Iterator[Sequence[Cell]]:
    for column in answer["columns"]:
        # Answers of before say nothing of corrections by hand.
        yield tuple({"by_hand": False, **column}[name] for name in _COLUMN_FACTS)
