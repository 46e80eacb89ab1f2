"""The words of findings about a file, its sheets and rows that are no claims."""

from collections.abc import Mapping
from types import MappingProxyType

SHEET_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "totals_row": (
            "this row of the {table} holds totals; it was left out",
            "{table_zh}中的合计行，已剔除",
        ),
        "example_row": (
            "this row of the {table} is an example of how to fill it in; it was left "
            "out",
            "{table_zh}中的填写示例行，已剔除",
        ),
        "signature_row": (
            "this row of the {table} stands below the totals; it was left out",
            "{table_zh}中合计行以下的行，已剔除",
        ),
        "totals_differ": (
            "the stated total of {field} is {stated} yuan but the rows add up to "
            "{summed} yuan; check for missing rows or a wrong unit",
            "合计行的{field.zh}为{stated}元，但各行之和为{summed}元；请检查缺行或单位",
        ),
        "title_differs": (
            "above the claims stands {stated}, but the rows below come to {found}; "
            "check for missing rows or a wrong unit",
            "债权表上方写明{stated}，但各行合计为{found}；请检查缺行或单位",
        ),
        "sale_flag": (
            "{field} ({header}) says on {count} of {rows:row|rows} that a claim is "
            "settled or sold already, and rejects them. On so many rows the column "
            "may mean that they are part of this sale: then leave it out ({words}) "
            "and take out the rows that are not for sale; else ask for what the "
            "seller still holds",
            "{field.zh}列（{header}）在{rows}行中的{count}行显示债权已结清或已转让，"
            "这些行因此被拒绝。几乎各行均如此时，该列可能表示“纳入本次转让”："
            "如是，请不使用该列（{words}）并剔除不在本次转让范围的行；"
            "否则请向出让方索取仍持有债权的清单",
        ),
        "repeated_header": (
            "this row repeats the header; it was left out",
            "该行重复表头，已剔除",
        ),
        "ambiguous_columns": (
            "several columns could be {field}: {columns}; none was used, keep one or "
            "name it {field}",
            "多列均可识别为{field.zh}：{columns}；均未采用，请保留一列或将其改名为{field.zh}",
        ),
        "unit_assumed": (
            "the column {header} of {field} names no unit, unlike others of its table; "
            "{unit} was assumed, write the unit into its header",
            "{field.zh}列（{header}）未注明单位，而同表其他金额列已注明；"
            "已按{unit}读取，请在表头注明单位",
        ),
        "unit_assumed_beside": (
            "no unit is stated for amounts of the {table} ({columns}), and others of "
            "the tape are in {units}; {assumed} was assumed, write the unit into the "
            "headers",
            "{table_zh}的金额列（{columns_zh}）未注明单位，而本文件其他金额为{units}；"
            "已按{assumed}读取，请在表头注明单位",
        ),
        "unit_elsewhere": (
            "amounts of the {table} ({columns}) name no unit and were read in yuan, "
            "while {units} is stated on the sheet {names}; if that is their unit, "
            "write it into their headers, as in 本金余额(万元)",
            "{table_zh}的金额列（{columns_zh}）未注明单位，已按元读取，"
            "而工作表{names}注明{units}；如即为其单位，请在表头注明，"
            "例如 本金余额(万元)",
        ),
        "remarks_not_for_sale": (
            "{count:row says|rows say} in {header}, which is not read, that a claim "
            "may be paid, sold or not for sale (rows {where}): they were priced like "
            "the others; take out those that are not for sale",
            "有{count}行在未读取的{header}列中注明债权可能已清偿、已转让或不在转让范围"
            "（第{where_zh}行），仍与其他行一并估值；请剔除不在转让范围的行",
        ),
        "columns_of_worth": (
            "columns of the {table} that may say what is owed or what secures it were "
            "not read: {columns}; say what field each is, or that it is not used",
            "{table_zh}中可能涉及债权金额或担保的列未被识别：{columns}；"
            "请指定各列对应的字段，或注明不使用",
        ),
        "nameless_columns": (
            "columns of the {table} have values but no header and were not read: "
            "{columns}; write what they hold above them, or delete them",
            "{table_zh}中有列没有表头但有内容，未读取（{columns_zh}）；"
            "请在其上方填写表头，或删除这些列",
        ),
        "amounts_passed_over": (
            "{field} was read from {read}; {columns} may be {field} as well or a part "
            "of it, with other amounts, and went unread. Where these come on top, "
            "write the sum into one column{parts}; else say that they are not used",
            "{field.zh}取自{read}；{columns}也可能是{field.zh}或其组成部分，金额不同，未采用。"
            "如应相加，请合并为一列{parts_zh}；否则请注明不使用",
        ),
        "sheet_not_used": (
            "not used, being no table of a tape: {names}; name a sheet 债权, 押品 or "
            "保证 if it is one",
            "以下工作表不是可识别的资产包表格，未采用：{names_zh}；"
            "如需采用请命名为债权、押品或保证",
        ),
        "sheet_passed_over": (
            "not read, though they look like {table} as well: {names}; {read} is named "
            "or laid out for it more plainly. If they belong to the package, put their "
            "rows into {read} or name and lay them out like it; else delete them",
            "以下工作表也像是{table_zh}，但未读取：{names_zh}；"
            "{read}的名称或格式更明确，已采用。如属本资产包，请将其各行并入{read}，"
            "或按{read}统一名称和格式；否则请删除",
        ),
        "sheets_together": (
            "the sheets {names} were read as one table of {table}; row 2000012 is line "
            "12 of sheet 2; delete those that are not for sale",
            "工作表{names_zh}已合并作为{table_zh}读取；第2000012行即其中第2张表的第12行；"
            "不在转让范围的工作表请删除",
        ),
        "hidden_sheet": (
            "the sheet {name}, which is hidden, was read as the {table}; delete it if "
            "it is out of date",
            "已将隐藏的工作表{name}作为{table_zh}读取；如已过期请删除",
        ),
        "foreign_sheet": (
            "the sheet {name} is named for a foreign currency, and its amounts were "
            "read as renminbi; make sure that they are converted",
            "工作表{name}的名称含外币，金额已按人民币读取；请确认已折算为人民币",
        ),
        "nameless_items": (
            "{count:item|items} of collateral without {field}, counted apart, each "
            "under its row; where one secures several claims give it the same on each",
            "{count}项押品没有{field.zh}，已按行分别计算；同一押品担保多笔债权的，请填写相同编号",
        ),
        "items_beside": (
            "{count:item|items} of collateral read from columns beside the claims "
            "({columns}), since no sheet lists collateral; list them on one where that "
            "is wrong",
            "未提供押品表，已从债权表的{columns_zh}列读取押品{count}项；如不正确，请另附押品表",
        ),
        "items_shared": (
            "{count:item|items} of collateral without a number that several claims of "
            "a debtor tell alike (kind, area and appraised value), taken for one and "
            "the same, which pays once; where they are several, give each its "
            "collateral_id",
            "{count}项无编号押品在同一债务人的多笔债权中所述一致（类型、面积、评估价值），"
            "已视为同一押品，仅计一次；如非同一押品，请分别填写押品编号",
        ),
        "told_in_text": (
            "{count:row tells|rows tell} {field} among other things in {header}; it "
            "was read from the text, so check it or send a column of its own",
            "{header}列中有{count}行以文字描述，已从中识别{field.zh}；请核对，或另设一列填写",
        ),
        "rows_continued": (
            "{count:row says|rows say} nothing of a claim but what stands above and "
            "another item of collateral or guarantor: read as that claim's, not as "
            "claims of their own",
            "{count}行仅重复上方债权并列示另一项押品或另一名保证人，已归入该债权，不另计债权",
        ),
        "guarantors_named": (
            "{count:claim names|claims name} {names:guarantor|guarantors} in "
            "{headers}, and no sheet lists guarantees: read as guarantees in force, "
            "of open amount and kind; list them on a sheet of guarantees where that "
            "is wrong",
            "{count}笔债权在{headers}中列示保证人{names}名，且未提供保证表："
            "已按有效保证读取，保证金额和保证人类型未知；如不正确，请另附保证表",
        ),
        "guarantors_released": (
            "{count:claim marks|claims mark} guarantors in {headers} as released or "
            "lapsed: these were left out",
            "{count}笔债权在{headers}中注明保证人已免除或失效：该等保证人未计入",
        ),
        "guarantor_numbers_unread": (
            "{count:claim|claims}: numbers in {headers} that cannot be given to the "
            "guarantors beside them (more or fewer than these, a company's beside a "
            "person, or no number of identity) were not used; state a number for each "
            "name, in their order",
            "{count}笔债权在{headers}中列示的号码无法对应到保证人（个数不一致、"
            "企业代码对应自然人，或不是证件号码），未使用；请按保证人顺序逐一列示号码",
        ),
        "guarantor_phones_unread": (
            "{count:claim|claims}: telephones in {headers} that cannot be given to the "
            "guarantors beside them (more or fewer than these) were not kept; state "
            "one for each name, in their order",
            "{count}笔债权在{headers}中列示的电话无法对应到保证人（个数不一致），未保留；"
            "请按保证人顺序逐一列示电话",
        ),
        "numbers_lost": (
            "a spreadsheet has lost the last digits of {count:number|numbers} in "
            "{header}: these numbers were not used, and persons of one name count as "
            "one; format the column as text and enter the numbers again",
            "{header}中有{count}个号码的末几位已被电子表格丢失：该等号码未使用，"
            "同名者按同一人计；请将该列设为文本格式后重新录入",
        ),
        "guarantor_numbers_lost": (
            "{count:claim|claims}: a spreadsheet has lost the last digits of numbers "
            "in {headers}: these numbers were not used, and guarantors of one name "
            "count as one person; format the column as text and enter the numbers "
            "again",
            "{count}笔债权在{headers}中的号码末几位已被电子表格丢失：该等号码未使用，"
            "同名保证人按同一人计；请将该列设为文本格式后重新录入",
        ),
        "guarantor_numbers_of_debtor": (
            "{count:claim|claims}: numbers in {headers} are the debtor's own beside "
            "guarantors of other names: these numbers were not used; state the "
            "guarantors' numbers",
            "{count}笔债权在{headers}中列示的是债务人本人的号码，而保证人姓名不同："
            "该等号码未使用；请填写保证人的号码",
        ),
        "guarantor_names_shared": (
            "{count:claim names|claims name} guarantors without a usable number in "
            "{headers} whose names stand elsewhere with two numbers or more: each "
            "such name counts as one further person; state the numbers",
            "{count}笔债权的保证人在{headers}中没有可用的号码，而同一姓名在别处对应两个以上号码："
            "每个该等姓名另计为一人；请补充号码",
        ),
        "guarantors_beside_sheet": (
            "{count:claim|claims} with guarantors in {headers} and no row on the sheet "
            "of guarantees, which alone was read; add them there",
            "{count}笔债权在{headers}中列示保证人，但保证表中没有对应行；"
            "仅读取了保证表，请在保证表中补充",
        ),
        "other_cutoff": (
            "the cut-off date above the table is {above}, that of the claims {used}; "
            "{used} was used, state the right one when sending the tape",
            "表头上方的基准日为{above}，而各笔债权的基准日为{used}；"
            "已采用{used}，请核对并在提交时注明正确的基准日",
        ),
        "cutoff_ahead": (
            "the cut-off date {cutoff} lies {days:day|days} after today ({today}): no "
            "tape knows the facts of that day yet, such as days past due and interest; "
            "check the date, or state the day the tape was drawn",
            "基准日{cutoff}晚于今日（{today}）{days}天：届时的逾期天数、利息等尚无从得知；"
            "请核对基准日，或改填债权清单的数据截止日",
        ),
        "formulas_without_values": (
            "formulas that were saved without their values and read as empty: {count}; "
            "open the file in Excel or WPS, let it calculate, save it, send it again",
            "{count}个公式没有保存计算结果，已按空值读取；"
            "请用Excel或WPS打开文件、重新计算并保存后再提交",
        ),
        "hidden_rows": (
            "rows that are hidden or filtered out in the workbook and were read like "
            "the others: {count}; delete those that are not for sale",
            "工作簿中有{count}行被隐藏或筛选掉，已与其他行一并读取；请删除不在转让范围的行",
        ),
        "hidden_columns": (
            "columns that are hidden in the workbook and were read like the others: "
            "{where}; see whether what they hold still holds, and delete those that "
            "are out of date",
            "工作簿中有隐藏列（{where}），已与其他列一并读取；请核对其内容是否仍有效，过期的请删除",
        ),
        "noted_cells": (
            "cells of the workbook with a note, which is not read: {count} ({where}); "
            "open the file and see whether notes correct what the cells say",
            "工作簿中有{count}个单元格带批注（{where}），批注内容未读取；"
            "请打开文件核对批注是否更正了单元格的内容",
        ),
        "scaling_formats": (
            "{count:number format|number formats} of the workbook ({where}) may show "
            "amounts at another size than their cells hold, and what cells hold was "
            "read; compare amounts as shown with those read, and state their unit",
            "工作簿中有{count}种数字格式（{where}）可能使显示的金额与单元格实际数值大小不同，"
            "已按单元格实际数值读取；请核对显示金额与读取金额，并注明单位",
        ),
        "merged_amounts": (
            "{header} is merged over several claims (rows {where}): each amount counts "
            "on the first of its rows only; write the amount of each claim, or list "
            "shared collateral in a sheet of its own, one row for each claim with the "
            "same collateral_id",
            "{header}一列有跨多笔债权的合并单元格（第{where}行），其金额仅计入首行；"
            "请分别填写每笔债权的金额，共用押品请另设押品表，每笔债权一行并填写相同押品编号",
        ),
        "error_cells": (
            "{count:cell holds an error|cells hold errors} of Excel such as #DIV/0!, "
            "read as empty; mend their formulas",
            "{count}个单元格为Excel错误值（如 #DIV/0!），已按空值读取；请修正公式",
        ),
        "external_links": (
            "the workbook takes values from {count:other workbook|other workbooks}, "
            "read as last saved, so check that they are current",
            "该工作簿引用了{count}个其他工作簿，按最近保存的数值读取；请核实是否最新",
        ),
        "package_fact": (
            "{field} stated above the table cannot be read; it was left out",
            "表头上方的{field.zh}无法识别，已忽略",
        ),
    }
)
