"""The wording of every refusal of a whole file, in both languages."""

from collections.abc import Mapping
from types import MappingProxyType

from features.errors import TapeError

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "empty": (
            "{file} is empty; send a workbook, csv or parquet file",
            "{file}是空文件；请提交Excel、csv或parquet文件",
        ),
        "unreadable": (
            "{file} cannot be read: {cause}",
            "{file}无法打开：{cause}",
        ),
        "damaged_parquet": (
            "{file} is a damaged parquet file: {cause}",
            "{file}是已损坏的parquet文件：{cause}",
        ),
        "too_many_cells": (
            "{file} holds {rows} rows of {columns} columns, too many for a tape; keep "
            "the columns of the claims only or split it",
            "{file}有{rows}行{columns}列，超出资产包规模；请只保留债权所需的列或拆分文件",
        ),
        "no_workbook": (
            "{file} cannot be read as a workbook ({cause}); remove any password and "
            "save it as .xlsx",
            "{file}无法作为工作簿读取（{cause}）；请去除密码并另存为 .xlsx",
        ),
        "encrypted": (
            "{file} is encrypted; remove the password and send it again",
            "{file}已加密；请去除密码后重新提交",
        ),
        "unknown_form": (
            "{file} is neither a workbook, a csv nor a parquet file; open it and save "
            "it as .xlsx or csv",
            "{file}不是Excel、csv或parquet文件；请打开后另存为 .xlsx 或 csv",
        ),
        "paper_or_picture": (
            "{file} is a PDF or a picture, from which no figures are read; ask the "
            "seller for the Excel workbook behind it",
            "{file}是PDF或图片，无法读取数据；请向出让方索取Excel原表",
        ),
        "open_quotation": (
            "{file}, line {line}: {cause}; check the quotation marks",
            "{file}第{line}行：{cause}；请检查引号",
        ),
        "unknown_encoding": (
            "{file} is neither UTF-8 nor GB18030; save it as csv UTF-8",
            "{file}的编码既非UTF-8也非GB18030；请另存为UTF-8编码的csv",
        ),
        "damaged_workbook": (
            "{file} is a damaged workbook: {cause}",
            "{file}是已损坏的工作簿：{cause}",
        ),
        "other_archive": (
            "{file} is not an Excel workbook; save it as .xlsx",
            "{file}不是Excel工作簿；请另存为 .xlsx",
        ),
        "too_many_parts": (
            "{file} holds {parts} parts; save it again as .xlsx",
            "{file}含有{parts}个部件；请重新另存为 .xlsx",
        ),
        "unpacks_to_too_much": (
            "{file} unpacks to {size:.0f} MB, more than {most:.0f} MB; split it or "
            "send csv",
            "{file}解压后为{size:.0f}MB，超过上限{most:.0f}MB；请拆分或改用csv",
        ),
        "too_many_sheets": (
            "{file} holds {sheets} sheets, more than {most}; keep those of the claims, "
            "their collateral and guarantees",
            "{file}含有{sheets}张工作表，超过上限{most}张；请只保留债权、押品和保证表",
        ),
        "packed_too_densely": (
            "{file}: {part} unpacks to {size:.0f} MB, far more than a tape of its size "
            "holds; delete what is not needed and save it again as .xlsx",
            "{file}：{part}解压后为{size:.0f}MB，远超同等大小文件；"
            "请删除不需要的内容并重新另存为 .xlsx",
        ),
        "macros": (
            "{file} holds macros; save it as .xlsx, which has none",
            "{file}含有宏；请另存为不含宏的 .xlsx",
        ),
        "misnamed_part": (
            "{file} holds a part named {part}, which no workbook has; save it again as "
            ".xlsx",
            "{file}含有名为{part}的部件，不属于工作簿；请重新另存为 .xlsx",
        ),
        "repeated_part": (
            "{file} holds the part {part} twice; save it again as .xlsx",
            "{file}中部件{part}重复；请重新另存为 .xlsx",
        ),
        "overlapping_parts": (
            "{file}: the part {part} overlaps another; save it again as .xlsx",
            "{file}：部件{part}与其他部件重叠；请重新另存为 .xlsx",
        ),
        "declares_entities": (
            "{file}: {part} declares a document type or entities; save it again as "
            ".xlsx",
            "{file}：{part}声明了文档类型或实体；请重新另存为 .xlsx",
        ),
        "too_many_columns": (
            "{file}: {part} has {columns} columns, more than {most}; keep the columns "
            "of the claims only",
            "{file}：{part}有{columns}列，超过上限{most}列；请只保留债权所需的列",
        ),
        "nested_column": (
            "{file}: the column {column} holds columns within columns; send plain ones",
            "{file}：列{column}为多层嵌套；请改为普通列",
        ),
        "packed_file": (
            "{file} is packed; unpack it and send the workbook, csv or parquet file in "
            "it",
            "{file}是压缩文件；请解压后提交其中的Excel、csv或parquet文件",
        ),
        "long_line": (
            "{file}, line {line}: it holds {size:.1f} MB, more than any row of a tape; "
            "save it again as csv with one claim a line",
            "{file}第{line}行长达{size:.1f}MB，超过任何一行的长度；"
            "请重新另存为每行一笔债权的csv",
        ),
        "no_address": (
            "{file}: {part} holds a cell without a plain address; open the file and "
            "save it again as .xlsx",
            "{file}：{part}中有单元格没有正常地址；请打开文件并重新另存为 .xlsx",
        ),
        "stray_cells": (
            "{file}: the cells of {part} span {rows} rows and {columns} columns; "
            "delete stray cells far from the table, or send csv",
            "{file}：{part}的单元格跨越{rows}行{columns}列；"
            "请删除远离表格的零散单元格，或改用csv",
        ),
        "takes_too_long": (
            "{file} takes far longer to read than a file of its size may; open it and "
            "save it again as .xlsx, or send csv",
            "读取{file}所需时间远超同等大小文件的上限；"
            "请打开后重新另存为 .xlsx，或改用csv",
        ),
        "needs_too_much_memory": (
            "{file} needs far more memory than a file of its size may; delete stray "
            "cells and columns that are not needed, split it, or send csv",
            "读取{file}所需内存远超同等大小文件的上限；"
            "请删除零散单元格和不需要的列、拆分文件，或改用csv",
        ),
        "stops_the_reader": (
            "{file} holds something that no reader can read; open it and save it again "
            "as .xlsx, or send csv",
            "{file}含有无法读取的内容；请打开后重新另存为 .xlsx，或改用csv",
        ),
        "no_table": (
            "{file}: no header of a {table} table was found within the first {rows} "
            "rows{looked}; it needs columns for {needed}",
            "{file}：前{rows}行内没有找到{table_zh}的表头{looked_zh}；"
            "至少需要以下各列：{needed_zh}",
        ),
        "too_many_shared": (
            "collateral and guarantees listed by debtor come to {rows:,} rows, one for "
            "each claim of each debtor, more than {most:,}; state claim_id of each row",
            "按债务人列示的押品和保证展开到每笔债权后共{rows:,}行，超过上限{most:,}行；"
            "请逐行填写债权编号",
        ),
        "too_many_named": (
            "the claims name {names:,} guarantors in their cells, more than {most:,}; "
            "list guarantees in a file of their own",
            "债权表的单元格中共列示保证人{names:,}名，超过上限{most:,}名；请另附保证表",
        ),
        "two_sheets": (
            "{file}: the sheets {names} all look like {table}; put their rows into "
            "one, send each as a package of its own, or delete those that are not for "
            "sale",
            "{file}：工作表{names}都像是{table_zh}；"
            "请合并为一张、分别作为资产包提交，或删除不在转让范围的工作表",
        ),
        "sheet_set_apart": (
            "{file}: the sheets {names} all look like {table}, and {apart} seems not "
            "to be for sale by its name or title ({words}); delete it, or name it like "
            "the others if it is for sale",
            "{file}：工作表{names}都像是{table_zh}，"
            "而{apart}的名称或标题表明其可能不在转让范围（{words}）；"
            "请删除该表；如确在转让范围，请统一名称和标题",
        ),
        "sheet_beside_sale": (
            "{file}: the sheets {names} all look like {table}, but of {words} the name "
            "says that it is for sale and of {apart} it does not; delete {apart}, or "
            "name it like the others if it is for sale",
            "{file}：工作表{names}都像是{table_zh}，"
            "{words}的名称表明其在转让范围，而{apart}没有；"
            "请删除{apart}；如确在转让范围，请统一名称",
        ),
        "sheets_repeat": (
            "the sheets {names} would be one table of {table}, but what stands on one "
            "stands on another too, such as {where}; delete those that are out of date "
            "or not for sale",
            "工作表{names}本可合并为{table_zh}，但同一内容出现在多张表中（如{where_zh}）；"
            "请删除过期或不在转让范围的工作表",
        ),
        "sheets_list_again": (
            "the sheets {names} would be one table of {table}, but most debts of one "
            "stand on another too under other identifiers, such as {where}; delete the "
            "sheet that lists them again",
            "工作表{names}本可合并为{table_zh}，"
            "但其中一张的多数债权以不同编号出现在其他表中（如{where_zh}）；请删除重复的工作表",
        ),
        "sheets_of_facts": (
            "the sheets {names} would be one table, but state different {field} "
            "({values}); send them as packages of their own or state the same on each",
            "工作表{names}本可合并为一张表，但注明的{zh}不同（{values}）；"
            "请分别作为资产包提交，或统一注明",
        ),
        "sheets_of_units": (
            "the sheets {names} would be one table of {table}, but state different "
            "units of money ({units}); state the same on each",
            "工作表{names}本可合并为{table_zh}，但注明的金额单位不同（{units}）；"
            "请统一注明金额单位",
        ),
        "sheets_of_unsaid_units": (
            "the sheets {names} would be one table of {table}, but {stating} states "
            "{field} in {unit} and {silent} names no unit; write the unit into its "
            "header",
            "工作表{names}本可合并为{table_zh}，但{stating}的{zh}以{unit}计，"
            "而{silent}未注明单位；请在其表头注明单位",
        ),
        "two_headers": (
            "{sheet}lines {first} and {second} are both headers of claims, and the "
            "claims between them would be lost; put all under one header, or on sheets "
            "of their own",
            "{sheet}第{first}行与第{second}行均为债权表头，两者之间的债权将会遗漏；"
            "请合并到同一表头之下，或另设工作表",
        ),
        "header_changes": (
            "{table}: row {row} is a header again, with {header} where the first has "
            "{first}: what stands below would be read as something else. Put its rows "
            "under the columns of the first header, or on a sheet of their own",
            "{table_zh}：第{row}行再次出现表头，其中“{header}”一列在首个表头中为“{first}”："
            "其下各行将被误读。请按首个表头的列次排列，或另设工作表",
        ),
        "table_below": (
            "{table}: row {row} is the header of another table ({headers}), and what "
            "stands below it would be read as {table}; put that table on a sheet of "
            "its own",
            "{table_zh}：第{row}行是另一张表的表头（{headers}），其下各行将被误读为{table_zh}；"
            "请将该表另放一张工作表",
        ),
        "rival_columns": (
            "{table}: the columns {rivals} could all be {field} ({zh}); keep one or "
            "name it {field}",
            "{table_zh}：多列（{rivals}）均可识别为{zh}；请保留一列或将其改名为{zh}",
        ),
        "no_column": (
            "{table}: no column for {field}; accepted headers: {accepted}; headers "
            "seen: {seen}",
            "{table_zh}：缺少{zh}一列；可用表头：{accepted}；文件中的表头：{seen}",
        ),
        "foreign_column": (
            "{table}: the only column for {field} is {header}, in a foreign currency; "
            "add a column {zh} in yuan (renminbi) and send again",
            "{table_zh}：{zh}只有外币列{header}；请增加以人民币元计的{zh}列后重新提交",
        ),
        "doubtful_principal": (
            "{table}: no column is sure to be {field}; {header} may be what was lent "
            "at first rather than what is still owed. If it is the balance, say so: "
            "choose {field} for it on the page, or --column '{header}=principal'; else "
            "ask the seller for the balance",
            "{table_zh}：没有列可确定为{zh}；{header}可能是发放时的原始本金，而非未偿余额。"
            "如确为余额，请在页面上将该列指定为{zh}，"
            "或使用 --column '{header}=principal'；否则请向出让方索取本金余额",
        ),
        "only_total": (
            "{table}: no column for {field}; {header} is the whole claim, interest "
            "included. Ask the seller for {field}, or, if nobody has it, price the "
            "whole as {field} and without interest: choose {field} for it on the page, "
            "or --column '{header}=principal'",
            "{table_zh}：缺少{zh}一列；{header}是含利息的债权总额。请向出让方索取{zh}；"
            "如确实无法取得，可将总额按{zh}、不计利息估值：请在页面上将该列指定为{zh}，"
            "或使用 --column '{header}=principal'",
        ),
        "total_and_parts": (
            "{table}: no column for {field}; {header} is the whole claim. Add a column "
            "{zh}: the whole less interest, penalties and costs",
            "{table_zh}：缺少{zh}一列；{header}是债权总额。"
            "请增加{zh}一列：总额减去利息、罚息及费用",
        ),
        "doubtful_claim_id": (
            "{table}: no column is sure to be {field}; {header} may number contracts, "
            "accounts or rows only. If it tells each claim apart, and collateral and "
            "guarantees use it too, say so: choose {field} for it on the page, or "
            "--column '{header}=claim_id'",
            "{table_zh}：没有列可确定为{zh}；{header}可能只是合同号、账号或行号。"
            "如能唯一标识每笔债权，且押品表和保证表也使用该编号，"
            "请在页面上将该列指定为{zh}，或使用 --column '{header}=claim_id'",
        ),
        "several_units": (
            "the rows above the header state several units, {units}; name the unit in "
            "the header of each column, as in 本金余额(万元)",
            "表头上方注明了多个单位（{units}）；"
            "请在各列表头注明单位，例如 本金余额(万元)",
        ),
        "units_by_row": (
            "{table}: the column {header} states units of its own ({units}) that are "
            "not those of all amounts; write all amounts in one unit and name it in "
            "their headers, as in 本金余额(万元)",
            "{table_zh}：“{header}”一列注明的金额单位（{units}）与其他单位不一致；"
            "请将所有金额统一为一种单位并在表头注明，例如 本金余额(万元)",
        ),
        "unread_unit": (
            "amounts are stated in {unit}, which is not known as a unit; write one of "
            "{known} there and send again",
            "注明的金额单位“{unit}”无法识别；请改为{known}之一后重新提交",
        ),
        "foreign_amounts": (
            "amounts are stated in {currency}; convert them to yuan (renminbi) and "
            "send again",
            "金额以{currency}计；请折算为人民币元后重新提交",
        ),
        "odd_type": (
            "column {header!r} has type {type}; write it as text, number or date",
            "列{header!r}的类型为{type}；请改为文本、数字或日期",
        ),
    }
)


def refusal(rule: str, **details: object) -> TapeError:
    """The error that refuses a file.

    Args:
        rule: Why it is refused.
        **details: What the wording of the rule mentions.

    Raises:
        KeyError: There is no such rule, or a detail that its wording needs is absent.
    """
    english, chinese = _WORDS[rule]
    return TapeError(english.format_map(details), zh=chinese.format_map(details))
