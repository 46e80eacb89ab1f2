"""The data dictionary: the catalogue as a page, in Chinese and English.

python -m features.dictionary > docs/data-dictionary.md
"""

from collections.abc import Iterable

import click

from features import catalogue
from features.catalogue import Feature, Field

TABLES = {
    "package": ("Package", "资产包"),
    "claims": ("Claims", "债权"),
    "collateral": ("Collateral", "押品"),
    "guarantees": ("Guarantees", "保证"),
    "ledger": ("Cash ledger (history only)", "回款与费用流水（仅历史数据）"),
    "workouts": ("Work-outs (history only)", "处置结果（仅历史数据）"),
    "sales": ("Sales of collateral (history only)", "押品变现（仅历史数据）"),
    "deals": ("Deals (store of comparables only)", "交易案例（仅案例库）"),
}
HEAD = """# Data dictionary 数据字典

Made from the catalogue by `python -m features.dictionary > docs/data-dictionary.md`;
a test fails when the two differ. Money is in yuan unless a tape says otherwise.
EBA is the code in the templates of ITS 2023/2083, M mandatory, R recommended.

本页由字段目录生成。金额单位为元，表头或单元格另有说明的除外。
"""


def markdown() -> str:
    """The whole page."""
    sections = [HEAD]
    for table, (en, zh) in TABLES.items():
        fields = _own_fields(table)
        sections += [f"## {en} {zh} (`{table}`)\n", _field_table(fields), ""]
        sections += [_values(f) for f in fields if f.values]
    return "\n".join([*sections, _feature_section()])


def _own_fields(table: str) -> list[Field]:
    shared = catalogue.fields("package") if table == "claims" else {}
    return [f for n, f in catalogue.fields(table).items() if n not in shared]


def _field_table(fields: Iterable[Field]) -> str:
    head = (
        "| field | 中文 | meaning | 含义 | type | also read as | EBA |\n"
        "|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *map(_field_row, fields)])


def _field_row(field: Field) -> str:
    name = f"**{field.name}** (required 必填)" if field.required else field.name
    inverse = (f"≠{alias}" for alias in field.inverse_aliases)
    told = (f"{header}…" for header in field.described_by)
    aliases = "、".join([*field.aliases, *field.lesser, *inverse, *told])
    cells = (
        name,
        field.zh,
        field.en + _notes(field),
        field.meaning_zh,
        _type(field),
        aliases,
        field.eba or "",
    )
    return f"| {' | '.join(cells)} |"


def _notes(field: Field) -> str:
    notes = {
        "outcome": field.known == "outcome",
        "may stand on each claim": field.per_claim,
        "may lie after the cut-off": field.after_cutoff,
        "personal data": field.personal,
        "files only": field.joining,
    }
    told = [note for note, holds in notes.items() if holds]
    return f" ({'; '.join(told)})" if told else ""


def _type(field: Field) -> str:
    unit = field.unit or ("元" if field.kind == "money" else "")
    low = "> 0" if field.positive else _bound("≥", field.minimum)
    return " ".join(
        part for part in (field.kind, unit, low, _bound("≤", field.maximum)) if part
    )


def _bound(sign: str, value: float | None) -> str:
    return "" if value is None else f"{sign} {value:,.0f}"


def _values(field: Field) -> str:
    listed = "; ".join(f"`{v}` {'、'.join(s)}" for v, s in field.values.items())
    more = "; other values are kept as they are 其他取值原样保留" if field.open else ""
    led = "; a text may go on after one 其后可接下级地名" if field.leading else ""
    return f"`{field.name}`: {listed}{led}{more}\n"


def _feature_section() -> str:
    head = (
        "## Features of the model 模型特征\n\n"
        "Computed at the cut-off date. Direction: expected effect on recovery.\n\n"
        "| feature | 中文 | meaning | family | direction | type | from |\n"
        "|---|---|---|---|---|---|---|"
    )
    rows = map(_feature_row, catalogue.features().values())
    return "\n".join([head, *rows]) + "\n"


def _feature_row(feature: Feature) -> str:
    cells = (
        feature.name,
        feature.zh,
        feature.en,
        feature.family,
        {1: "up 升", -1: "down 降", 0: ""}[feature.direction],
        "category" if catalogue.is_categorical(feature) else "number",
        ", ".join(feature.inputs),
    )
    return f"| {' | '.join(cells)} |"


@click.command()
def main() -> None:
    """Print the data dictionary."""
    click.echo(markdown(), nl=False)


if __name__ == "__main__":
    main()
