"""What is asked of a batch, beside the claims themselves."""

from typing import Any

from pydantic import field_validator

from features.checked import Checked, stated
from features.errors import AssumptionError, Finding
from features.package import HeaderValue
from features.personal.recognition import masked
from features.reading.records.strict import imposed_header
from models.pricing.assumptions import Assumptions
from serving.batches.roots import LONGEST_ADDRESS
from serving.book.order import Figures

MOST_ADDRESSES = 100
LARGEST_CHUNK = 131_072
LONGEST_NAME = 200


class BatchTerms(Checked):
    """How a book is valued."""

    name: str = stated(
        "",
        "What people call the batch; the data set's name where it is empty.",
        "批次名称，缺省为数据集名称。",
        max_length=LONGEST_NAME,
    )
    figures: Figures = stated(
        "full",
        "All figures, or the mean recovery alone.",
        "输出内容：full 为全部指标，mean 仅为平均回收率。",
    )
    assumptions: dict[str, Any] = stated(
        {},
        "Assumptions that differ from their defaults.",
        "与缺省值不同的假设。",
        max_length=50,
    )
    cutoff_date: str | None = stated(
        None,
        "Cut-off date of every claim, as 2025-12-31; wins over the data set.",
        "所有债权的基准日，如2025-12-31，优先于数据集。",
        max_length=10,
    )
    chunk_claims: int | None = stated(
        None,
        "Most claims of a chunk and part; as of python -m serving score when absent.",
        "每个分块的最大笔数，缺省与 python -m serving score 相同。",
        ge=1,
        le=LARGEST_CHUNK,
    )

    @field_validator("name")
    @classmethod
    def _legible(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError(
                "must hold no invisible characters; type it anew "
                "| 不得含有不可见字符；请重新输入"
            )
        return masked(" ".join(name.split()))

    def header(self) -> dict[str, HeaderValue]:
        """Fields of the package that win over the data set.

        Raises:
            TapeError: The cut-off date is none.
        """
        return imposed_header(
            {} if self.cutoff_date is None else {"cutoff_date": self.cutoff_date}
        )

    def chosen(self) -> Assumptions:
        """The assumptions.

        Raises:
            AssumptionError: One is unknown or out of bounds, or nothing is priced.
        """
        if self.figures == "mean" and self.assumptions:
            reason = "assumptions price claims, and figures mean prices nothing"
            zh = "figures 为 mean 时不定价，不适用假设；请删除"
            finding = Finding("request", reason, zh, table="", field="assumptions")
            raise AssumptionError(finding.sentence(), [finding], zh)
        return Assumptions.of(self.assumptions)


class BatchRequest(BatchTerms):
    """A book that lies beneath a folder of data sets."""

    claims: list[str] = stated(
        ...,
        "Data sets of the claims: files, folders or patterns beneath a folder that the "
        "installation allows, all parquet or all csv.",
        "债权数据集：系统允许目录下的文件、文件夹或通配符，须同为 parquet 或 csv。",
        min_length=1,
        max_length=MOST_ADDRESSES,
    )
    collateral: list[str] = stated(
        [],
        "The same of collateral, joined by claim_id.",
        "押品数据集，按债权编号关联。",
        max_length=MOST_ADDRESSES,
    )
    guarantees: list[str] = stated(
        [],
        "The same of guarantees.",
        "保证数据集，按债权编号关联。",
        max_length=MOST_ADDRESSES,
    )

    @field_validator("claims", "collateral", "guarantees")
    @classmethod
    def _short(cls, addresses: list[str]) -> list[str]:
        if any(not 0 < len(a) <= LONGEST_ADDRESS for a in addresses):
            raise ValueError(
                f"an address must hold 1 to {LONGEST_ADDRESS} characters "
                f"| 地址长度须为1至{LONGEST_ADDRESS}个字符"
            )
        return addresses
