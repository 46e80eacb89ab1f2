"""The words of every finding about a tape by its code, in English and Chinese."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from features.wording_of_dates import DATE_WORDS
from features.wording_of_sheets import SHEET_WORDS

_PLACE = re.compile(r"\{[^|}]*(?:\|(?P<several>[^}]*))?\}")
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # One value.
        "missing": (
            "{field} is required and empty; fill it in or remove the row",
            "{field.zh}为必填项但为空；请补填或删除该行",
        ),
        "malformed_number": (
            "{field} is not a number; write digits only, such as 1234.56",
            "{field.zh}不是数字；请只填写数字，例如 1234.56",
        ),
        "malformed_amount": (
            "{field} is not an amount; write it as 1234.56 or 1,234.56万元",
            "{field.zh}不是金额；请填写为 1234.56 或 1,234.56万元",
        ),
        "foreign_currency": (
            "{field} is in a foreign currency; convert it to renminbi",
            "{field.zh}为外币金额；请折算为人民币",
        ),
        "not_finite": (
            "{field} is not a finite number; write the amount or leave it empty",
            "{field.zh}不是有限数值；请填写具体数值或留空",
        ),
        "not_integer": (
            "{field} must be a whole number; remove the decimals",
            "{field.zh}必须为整数；请去掉小数",
        ),
        "not_positive": (
            "{field} must be above zero; correct it or remove the row",
            "{field.zh}必须大于零；请更正或删除该行",
        ),
        "below_minimum": (
            "{field} must be at least {field.minimum}; correct it",
            "{field.zh}不得小于{field.minimum}；请更正",
        ),
        "above_maximum": (
            "{field} must be at most {field.maximum}; correct it or its unit",
            "{field.zh}不得大于{field.maximum}；请更正数值或单位",
        ),
        "ambiguous_share": (
            "{field} lies within 0 and 1 in a column that also holds numbers above 1: "
            "it may be a share or per cent; write every value of the column as 65%",
            "{field.zh}介于0和1之间，而同列另有大于1的数值，无法判断是小数还是百分数；"
            "请将整列统一填写为 65% 的形式",
        ),
        **DATE_WORDS,
        "malformed_boolean": (
            "{field} is neither yes nor no; write 是 or 否",
            "{field.zh}无法识别为是或否；请填写 是 或 否",
        ),
        "unknown_value": (
            "{field} has a value that is not on the list; use one of: {field.values}",
            "{field.zh}的取值不在可选范围内；可选：{field.values_zh}",
        ),
        "not_for_sale": (
            "{field} says that the claim is settled or sold already; take it out, "
            "correct this if the seller still holds it, or leave the column out if it "
            "means something else",
            "{field.zh}显示该债权已结清或已转让；请剔除，如仍由出让方持有请更正，"
            "如该列另有含义请不使用该列",
        ),
        "foreign_claim": (
            "{field} is not renminbi; convert the amounts of the claim and write CNY, "
            "or leave the column out if they are in renminbi already",
            "{field.zh}不是人民币；请将该债权金额折算为人民币并填写 CNY，"
            "如金额已折为人民币，请不使用该列",
        ),
        "id_digits_lost": (
            "{field} has more than 15 digits and came as a number; 18-digit ids lose "
            "digits as Excel numbers, format the column as text and export it again",
            "{field.zh}超过15位且以数值存储；18位编号在Excel数值格式下会丢失尾数，"
            "请将该列设为文本后重新导出",
        ),
        "malformed_id": (
            "{field} is not an identifier; format the column as text",
            "{field.zh}不是有效编号；请将该列设为文本格式",
        ),
        "too_long": (
            "{field} has more than {field.limit} characters; shorten it",
            "{field.zh}超过{field.limit}个字符；请缩短",
        ),
        "wrong_type": (
            "{field} must be {expected}; send it as such or as null",
            "{field.zh}的类型应为{expected_zh}；请按该类型填写或填 null",
        ),
        "unknown_field": (
            "there is no field {name} in {table}; correct its name or remove it",
            "{table_zh}中没有字段 {name}；请更正字段名或删除",
        ),
        "not_an_object": (
            "a row must be an object of fields; send it as such",
            "每行应为由字段组成的对象；请按对象格式提交",
        ),
        "not_a_list": (
            "{table} must be a list of objects, or an object with a list for each "
            "field; send it as such or as null",
            "{table_zh}应为由对象组成的列表，或每个字段对应一个列表的对象；"
            "请按此提交或填 null",
        ),
        "unequal_columns": (
            "{name} has {count:value|values} and {first} has {expected}; give every "
            "column of {table} as many, null where there is none",
            "{table_zh}中 {name} 有{count}个值，{first} 有{expected}个；"
            "各列的值应一样多，无值处填 null",
        ),
        "not_fields": (
            "{table} must be an object of fields; send it as such or as null",
            "{table_zh}应为由字段组成的对象；请按对象提交或填 null",
        ),
        "no_claims": (
            "claims is empty; send at least one claim",
            "债权表为空；请至少提交一笔债权",
        ),
        "no_such_column": (
            "{table} has no column headed {name}; correct the header or leave it out",
            "{table_zh}中没有表头为{name}的列；请更正表头或不作更正",
        ),
        "too_many_corrections": (
            "{number:,} headers of {table} are corrected, and no table may have more "
            "than {most:,} columns; state only those that are read wrongly",
            "{table_zh}更正了{number:,}个表头，而一张表最多{most:,}列；请只更正识别有误的表头",
        ),
        "unknown_unit": (
            "there is no unit {name}; use one of {known}",
            "没有单位{name}；可选：{known}",
        ),
        "unit_without_money": (
            "{field} is no amount of money and has no unit; leave the unit out",
            "{field.zh}不是金额，没有货币单位；请去掉单位",
        ),
        "field_claimed_twice": (
            "several columns are said to be {name}; keep one",
            "多列被指定为同一字段{name}；请只保留一列",
        ),
        "unknown_table": (
            "a package has no {name}; it may have {known}, remove it",
            "资产包中没有 {name}；可包含：{known}，请删除",
        ),
        "no_cutoff": (
            "no cut-off date: state it when sending the tape, in a row above the "
            "header (基准日：2025年6月30日), or in a column cutoff_date (交易基准日)",
            "缺少基准日：请在提交时注明，或写在表头上方（基准日：2025年6月30日），"
            "或增加交易基准日一列",
        ),
        "no_cutoff_in_json": (
            "no cut-off date: state it in /package/cutoff_date or as cutoff_date of "
            "each claim, as in 2025-06-30",
            "缺少基准日：请填写 /package/cutoff_date 或每笔债权的 cutoff_date，"
            "例如 2025-06-30",
        ),
        "too_many_cells": (
            "this row has more cells than the header; put amounts such as 1,234.56 "
            "between quotation marks",
            "该行的单元格多于表头；含逗号的数值（如 1,234.56）请加引号",
        ),
        "wrong_cells": (
            "this row has {cells} cells, the header {expected}; put amounts such as "
            "1,234.56 between quotation marks",
            "该行有{cells}个单元格，表头有{expected}个；"
            "含逗号的数值（如 1,234.56）请加引号",
        ),
        # Rows against each other.
        "duplicate_claim": (
            "this claim_id stands on row {first} already; remove one of the rows",
            "该债权编号已在第{first}行出现；请删除重复行",
        ),
        "masked_claim": (
            "this claim_id is masked and stands on row {first} as well, so that it "
            "does not tell claims apart; say which column does, such as a running "
            "number, or ask for whole numbers",
            "该债权编号已脱敏，且与第{first}行相同，无法区分债权；"
            "请将能唯一标识债权的列（如序号）指定为债权编号，或索取完整编号",
        ),
        "claim_not_found": (
            "no claim of the tape has this claim_id; correct it or add the claim, and "
            "where the row is of several claims write one row for each",
            "债权表中没有该债权编号；请更正或补充债权；一行对应多笔债权的，请逐笔分行填写",
        ),
        "debtor_not_found": (
            "no debtor among the claims is all that this row says; write the debtor "
            "as the claims do, or state claim_id",
            "债权表中没有与该行所填信息一致的债务人；请与债权表填写一致，或直接填写债权编号",
        ),
        "debtor_ambiguous": (
            "what this row says fits several debtors among the claims; state the "
            "customer number or the identity number as the claims do, or claim_id",
            "债权表中有多个债务人与该行所填信息相符；"
            "请按债权表填写客户号或证件号码，或直接填写债权编号",
        ),
        "joined_by_debtor": (
            "{count:row|rows} of the {table} with a debtor and no claim: {several} of "
            "them taken to secure all claims of their debtor, each as one shared "
            "item, the others its only claim; state claim_id where a row secures only "
            "some",
            "{table_zh}有{count}行只填债务人而未填债权编号：其中{several}行按担保该债务人"
            "全部债权的同一项押品或保证处理，其余对应其唯一一笔债权；"
            "仅担保部分债权的，请填写债权编号",
        ),
        "joined_by_list": (
            "{count:row|rows} of the {table} naming several claims at once, taken to "
            "secure all of them as one shared item; write one row for each claim where "
            "they are secured apart",
            "{table_zh}有{count}行在债权编号中列示多笔债权：已按共同担保这些债权的同一项押品或保证处理；"
            "如分别担保，请逐笔分行填写",
        ),
        "joined_to_only_claim": (
            "{count:row|rows} of the {table} with a debtor and no claim, joined to "
            "the only claim of that debtor; state claim_id if that is wrong",
            "{table_zh}有{count}行只填债务人而未填债权编号，已对应该债务人的唯一一笔债权；"
            "如不正确，请填写债权编号",
        ),
        "claim_rejected": (
            "the claim of this row was rejected; mend the claim first",
            "该行对应的债权已被拒绝；请先更正债权",
        ),
        "joined_row_rejected": (
            "row {other} of {other_table} belongs to this claim and was rejected; the "
            "claim is priced without it",
            "{other_table_zh}第{other}行属于该债权但被拒绝；该债权按缺少此行估值",
        ),
        **SHEET_WORDS,
        # Deals.
        "duplicate_deal": (
            "this deal_id stands with the same price_kind on row {first} already; "
            "remove one of the rows",
            "该交易编号的同一价格口径已在第{first}行出现；请删除重复行",
        ),
        "price_absent": (
            "a deal needs price, price_rate or at least own_bid; state one of them",
            "价格、折扣率、我方报价均为空；请至少填写一项",
        ),
        "price_rate_differs": (
            "price_rate {stated} is not price over {base}, which is {computed}; "
            "correct one of them",
            "折扣率{stated}与价格除以{base}所得{computed}不一致；请更正",
        ),
        "price_unlikely": (
            "the price is {rate} of claim_total; check the units of both",
            "价格为债权总额的{rate}；请核对两者的单位",
        ),
        "currency_assumed": (
            "{count:deal names|deals name} no currency, taken to be in renminbi",
            "{count}笔交易未注明币种，已按人民币读取",
        ),
        "rate_base_assumed": (
            "{count:deal does|deals do} not say what price_rate is a share of; "
            "claim_total was assumed, state rate_base",
            "{count}笔交易未注明折扣率口径，已按债权总额读取；请补充折扣率口径",
        ),
        # Facts of one claim against each other.
        "parts_differ": (
            "claim_total {stated} yuan differs from its parts {summed} yuan by more "
            "than 1%; claim_total is used, check the parts",
            "债权合计{stated}元与各部分之和{summed}元相差超过1%；按债权合计计算，请核对",
        ),
        "principal_above_total": (
            "principal exceeds claim_total by more than 1%; claim_total is used, check "
            "both",
            "本金余额超过债权合计1%以上；按债权合计计算，请核对",
        ),
        "maturity_before_origination": (
            "maturity_date lies before origination_date; check both",
            "到期日期早于发放日期；请核对",
        ),
        "default_before_origination": (
            "default_date lies before origination_date; check both",
            "违约日期早于发放日期；请核对",
        ),
        "class_too_good": (
            "five_class is better than {days} days past due allow, which is at least "
            "{class}; check both",
            "五级分类优于逾期{days}天对应的最低分类（{class_zh}）；请核对",
        ),
        "unsecured_with_collateral": (
            "security_type says unsecured but collateral is listed; check both",
            "担保方式为信用，但列有押品；请核对",
        ),
        "secured_without_value": (
            "security_type says secured but no collateral value is given; add the "
            "appraised value",
            "担保方式为抵质押，但没有押品价值；请补充评估价值",
        ),
        "collateral_contradicts": (
            "collateral {collateral} of this claim also secures another claim with a "
            "different type or appraised value; they are valued as separate items, "
            "check both",
            "该债权的押品{collateral}同时担保其他债权，但类型或评估价值不一致；"
            "已按不同押品分别估值，请核对",
        ),
        "limitation_expired": (
            "the limitation period ended before the cut-off date; the claim may not be "
            "enforceable",
            "诉讼时效在基准日前已届满；债权可能无法强制执行",
        ),
        "guarantee_expired": (
            "a guarantee of this claim ended before the cut-off date and is worth "
            "nothing; check guarantee_expiry",
            "该债权的一项保证在基准日前已到期，视为无价值；请核对保证期间",
        ),
        "not_to_be_bought": (
            "{field} is set; such a claim may not be bought, take it out of the bid",
            "{field.zh}为是；此类债权不得收购，请从报价中剔除",
        ),
        "segment_unseen": (
            "the model saw too few claims of this segment: the range is widened",
            "模型见过的同类债权过少：区间已放宽",
        ),
        "repeated_debt": (
            "debts that seem to stand twice under different claim_ids: {groups}. The "
            "debtor, the amounts and the dates or the contract agree on rows {where}: "
            "{yuan} yuan of principal may count twice; keep one row of each, unless "
            "they are separate drawdowns",
            "疑似以不同编号重复列示的债权：{groups}笔。第{where_zh}行的债务人、金额及日期或合同相同，"
            "可能多计本金{yuan}元；请各保留一行，确为分次提款的除外",
        ),
        "repeated_worth": (
            "{groups:debtor states|debtors state} the same {field} on several claims "
            "(rows {where}): if it is of the same items, {yuan} yuan of it count more "
            "than once; list the items on a sheet of collateral, with the same "
            "collateral_id on each claim",
            "{groups}名债务人的多笔债权（第{where_zh}行）填写了相同的{field.zh}："
            "如为同一批押品，{yuan}元将被重复计算；请在押品表中逐笔列示，同一押品填写相同编号",
        ),
        "unnamed_total": (
            "principal {stated} of this row is the sum of all others{of}: if it is "
            "their total, remove the row, for it counts everything twice",
            "该行本金余额{stated}恰为{of_zh}其他各行之和：如为合计行请删除，否则全部债权将重复计算",
        ),
        "unnamed_subtotals": (
            "{count:row has|rows have} as {field} the sum of the rows {side} up to the "
            "next of them (rows {where}): if these are subtotals, remove them, for "
            "they count every claim twice",
            "第{where_zh}行共{count}行的{field.zh}恰为其{side_zh}方各行之和："
            "如为小计行请删除，否则每笔债权将重复计算",
        ),
        "cutoff_dates_differ": (
            "the cut-off date differs from {usual}, that of most claims of the "
            "package; check it",
            "基准日与资产包多数债权的基准日{usual}不一致；请核对",
        ),
    }
)


def rule_words(code: str) -> Mapping[str, str]:
    """What a rule says of no finding in particular, in each language.

    Args:
        code: Name of the rule; one that is not known stands for itself.
    """
    en, zh = (_PLACE.sub(_open, words) for words in WORDS.get(code, (code, code)))
    return {"en": en, "zh": zh}


def _open(place: re.Match[str]) -> str:
    return f"… {place['several']}" if place["several"] else "…"
