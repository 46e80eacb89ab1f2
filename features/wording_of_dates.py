"""The words of findings about dates."""

from collections.abc import Mapping
from types import MappingProxyType

DATE_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "malformed_date": (
            "{field} is not a date; write it as 2021-03-05",
            "{field.zh}不是日期；请填写为 2021-03-05",
        ),
        "two_digit_year": (
            "{field} has a year of two digits; write four, as in 2021-03-05",
            "{field.zh}的年份只有两位；请写四位年份，例如 2021-03-05",
        ),
        "month_alone": (
            "{field} names a month and no day; write it as 2021-03-31",
            "{field.zh}只有年月而无日；请填写为 2021-03-31",
        ),
        "doubtful_date": (
            "{field} can be read as two dates, and its column does not tell which; "
            "write it as 2021-03-05, a month as 2021-03",
            "{field.zh}可读作两个不同日期，且同列无法判断；"
            "请填写为 2021-03-05，只有年月的写作 2021-03",
        ),
        "date_too_early": (
            "{field} lies before 1949; correct it or leave it empty",
            "{field.zh}早于1949年；请更正或留空",
        ),
        "date_too_late": (
            "{field} lies after 2199; correct it or leave it empty",
            "{field.zh}晚于2199年；请更正或留空",
        ),
        "after_cutoff": (
            "{field} lies after the cut-off date {cutoff}; nothing known later may "
            "be used, correct it or leave it empty",
            "{field.zh}晚于基准日{cutoff}；基准日之后的信息不得使用，请更正或留空",
        ),
        "set_aside": (
            "{field} lies after the cut-off date {cutoff}; nothing known later may be "
            "used, so {field}{left_out} were left out: state what was known then",
            "{field.zh}晚于基准日{cutoff}；基准日之后的信息不得使用，"
            "已剔除{field.zh}{left_out_zh}：请填写基准日已知的值",
        ),
        "placeholder_date": (
            "{count:row holds|rows hold} in {header} a date that stands for none "
            "({values}): {field} was read as empty there",
            "{header}列中有{count}行为表示无日期的占位值（{values}）：{field.zh}按空值读取",
        ),
    }
)
