"""What a cell of a claim says of its guarantors, as sellers write it.

Beside names there stand numbers of identity and phones, remarks on who somebody is,
and words that name nobody: 张三（身份证 …）, 李四（法定代表人）, 连带责任保证.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from features import catalogue
from features.personal.names import names_in

# Numbers before names: (1) and ① anywhere, 1. and 1、 where a cell begins with one.
_NUMBERS = re.compile(r"[(（]\d{1,2}[)）]|[①-⑳]|<br ?/?>", re.IGNORECASE)
_LIST_NUMBERS = re.compile(r"\d{1,2}[)）.．、:：](?!\d)")
_BEGINS_LIST = re.compile(r"\s*1[)）.．、:：](?!\d)")
_HAN_NUMBERS = re.compile(
    r"(?:^|(?<=[\s;；，,。]))[一二三四五六七八九十]、|[(（][一二三四五六七八九十][)）]"
)
_TITLES = re.compile("《[^》]*》")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_BRACKETED = re.compile(r"[(（]([^()（）]*)[)）]")
_WHOLLY_BRACKETED = re.compile(r"\s*[(（]([^()（）]*)[)）]\s*")
_WITHIN = "\x1f"
# A space parts names, but for those of two characters set wide and for Latin ones; a
# stroke parts them where either side is Chinese, and a comma but within an amount or
# before the Ltd. of a company.
MARKS = re.compile(
    r"[、，;；|｜\n\r\t。]|,(?!\d{3}(?:\D|$))(?!\s*(?:Ltd|Inc|LLC|LLP|Co\b|Corp|Limited))"
    r"|(?<=[\u3400-\u9fff)）*])\s*[/／\\+＋&＆]\s*(?=[\u3400-\u9fff])"
    r"|(?<=[\u3400-\u9fff)）*]{2})\s+(?=[\u3400-\u9fff]{2})",
    re.IGNORECASE,
)
_AND = re.compile("以及|[和与及]")
_SPOUSE = re.compile("其?(?:配偶|妻|丈夫|夫人)")
COMPANY = (*("公司", "集团", "合作社", "合伙企业", "厂", "中心", "合伙)", "合伙）"),)
# No person is told of in so many characters.
_LONGEST_PERSON = 40
# Numbers that tell who is meant, some of whose digits may be masked.
ID_NUMBER = re.compile(
    r"(?:(?:居民)?身份证件?(?:号码?)?|证件号码?|(?:统一)?(?:社会)?信用代码|ID)?[:：\s]{0,3}"
    r"(?<![0-9A-Za-z])(\d(?:[ -]?[\d*＊]){14}(?:(?:[ -]?[\d*＊]){2}[\dXx*＊])?"
    r"|(?i:[1-9A-HJ-NP-Y][1-9](?=[0-9A-HJ-NP-Z]{0,12}\d{4})[0-9A-HJ-NP-Z]{16}))(?![0-9A-Za-z])"
)
PHONE = re.compile(
    r"(?:(?:联系|手机|固定|移动)?(?:电话|手机)(?:号码?)?|联系方式|tel|phone)?[:：\s.]{0,3}"
    r"(?<!\d)((?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?[\d*＊]){8}"
    r"|0\d{2,3}[ -]?[2-8]\d{6,7})(?!\d)",
    re.IGNORECASE,
)
# Of bounded length and without ways back, as a cell may hold anything.
_AMOUNT = r"[¥￥]?\d[\d,.]{0,18}\s?"
_AMOUNT_AT_END = re.compile(rf"[:：\s]{{0,3}}{_AMOUNT}(?:[万亿]元?|元|%|％)$")
_ROLES = (
    *(
        "法定代表人",
        "法人代表",
        "法人股东",
        "法人",
        "法代",
        "控股股东",
        "大股东",
        "股东",
    ),
    *("实际控制人", "实控人", "董事长", "董事", "总经理", "经理", "负责人"),
    *(
        "自然人",
        "个人",
        "企业",
        "关联方",
        "母公司",
        "子公司",
        "担保公司",
        "公司",
        "机构",
    ),
    *("共同借款人", "共同还款人", "借款人", "主债务人", "债务人", "反担保人", "反担保"),
    "本人",
    *("夫妻", "夫妇", "丈夫", "妻子", "配偶", "父亲", "母亲", "父子", "母子", "兄弟"),
    *("姐妹", "儿子", "女儿", "亲属", "朋友", "先生", "女士", "夫", "妻", "父", "母"),
    *("子", "女", "男"),
)
_LIABILITIES = (
    *("提供", "承担", "不可撤销", "无限", "第三方", "最高额", "全额", "阶段性", "一般"),
    *("信用", "共同", "连带", "清偿", "偿还", "责任", "保证人", "保证金", "保证"),
    *("担保人", "担保", "金额", "限额", "比例", "份额", "余额"),
)
_STATES = (
    *("死亡", "去世", "已故", "失联", "吊销", "注销", "破产", "停业", "停产", "离婚"),
    *(
        "失信被执行人",
        "被执行人",
        "失信",
        "在营",
        "存续",
        "有效",
        "正常",
        "签字",
        "签章",
    ),
    r"(?:详见|参见|见|同).{0,3}[件表注上述]",
    r"[待未](?:核实|核查|查|补充|补|确定|定|提供|填写?)",
    *(r"[一二三四两\d]{1,3}(?:人|户|家|名|岁)", _AMOUNT + "(?:万|亿|%|％)?元?"),
    rf"[{_WITHIN}、，,;；：:/\s的之系为是其已等方]",
)
_REMARK = re.compile(f"(?:{'|'.join((*_ROLES, *_LIABILITIES, *_STATES))})*+")
_ROLE = f"(?:{'|'.join(_ROLES)})"
_RELEASED = re.compile(
    r"(?:(?:保证|担保)?(?:责任|期间|期限|合同)?)?(?:已经?|被|已被)?"
    r"(?:失效|免除|解除|撤销|终止|脱保|过期|超期|届满|释放|退出|无效|免责)"
    r"(?:(?:保证|担保)?(?:责任|义务)?)"
)
_RELEASED_AT_END = re.compile(
    rf"[-—:：\s]{{0,3}}(?:(?:保证|担保)(?:责任|期间)?)?(?=已){_RELEASED.pattern}$"
)
_LABEL = re.compile(
    rf"\s*(?:(?:连带|共同|反|第[一二三四五六])?(?:责任)?(?:保证人|担保人|保证|担保)|{_ROLE}|姓名|名称)"
    r"(?:姓名|名称)?[\d一二三四五六]?\s*[:：]\s*"
)
_ROLE_BEFORE = re.compile(f"(?:其?(?:保证人|担保人|{'|'.join(_ROLES[:-7])}))+")
_PROVIDES = re.compile(
    r"由?(.{2,40}?)(?:为.{2,20})?(?:提供|承担).{0,20}(?:保证|担保|责任).*"
)
_COUPLE = re.compile(r"(?:夫妻|夫妇)(?:[二两俩双][人方个]?)?(?:及.{0,20})?$")
_OTHERS = re.compile(
    r"等?(?:共?[\d一二两三四五六七八九十]{1,3}[人名位户家个](?:自然人|法人|公司|企业|股东|保证人|人)?)$|等$"
)
_OTHERS_ALIKE = re.compile(r"及(?:其|其他)(?:配偶|妻子?|丈夫|股东)?$")
_EDGES = " \t　:：\"“”'‘’<>-—"
# What says that there is nobody, or somebody without saying who.
_NOBODY = re.compile(
    r"[\W_\d]*|第?\d+(?:\.\d+)?[人名位个户家万亿元%]*|[一二两三四五六七八九十]+[人名位个户家]|"
    r"[无有是否](?:保证|担保)?[人方]?|没有|暂无|不适用|不详|不明|未知|空|同上|其他|其它|"
    r"(?:同|与)?(?:借款人|债务人)?(?:本人|一致|相同)|(?:同)?(?:借款人|债务人)|"
    r"(?:保证|担保)人?[\d一二三四五六]?|抵押|质押|(?:保证|担保)?(?:期限|期间|金额|合同)[号编为\W\dA-Za-z年个月万元两三]*|"
    r"n/?a|#n/a|#ref!|#value!|#name\?|none|null|nan|nil|yes|no|[yntfv]|true|false",
    re.IGNORECASE,
)
# What needs no look at its parts, as most do.
_BARE = re.compile(
    r"[\u3400-\u9fff]+(?:(?<![一二三四五六七八九十])[、，,;；\s][\u3400-\u9fff]+)*"
)
_PLAIN = re.compile(
    r"[\u3400-\u9fff]{2,3}(?<!等)|[\u3400-\u9fff]{3,40}有限(?:责任)?公司"
)


class Named(NamedTuple):
    """One guarantor of a cell.

    Attributes:
        name: As written, without what is said of it; none where only a number stands.
        id_number: Number of identity, or of a company.
        phone: Telephone number.
        released: Whether the cell says that the guarantee is over.
    """

    name: str | None
    id_number: str | None = None
    phone: str | None = None
    released: bool = False


def each_once(told: Sequence[Named]) -> Sequence[Named]:
    """Those of one name and number once, where they stand first."""
    firsts = {(each.name, each.id_number): each for each in reversed(told)}
    return [*firsts.values()][::-1]


def guarantors_in_order(text: str) -> Sequence[Named]:
    """The guarantors that a cell lists, as often as it does.

    Args:
        text: The cell, such as 张三、李四 or 1.甲公司 2.乙公司.
    """
    told: list[Named] = []
    for part in _parts(text):
        each = _read(part)
        if each.name is not None:
            told.append(each)
        elif told and _adds(told[-1], each):
            told[-1] = _joined(told[-1], each)
        elif each.id_number not in {None, *(before.id_number for before in told)}:
            told.append(each)
    return told


def _adds(last: Named, each: Named) -> bool:
    """Whether what names nobody speaks of the name before it."""
    return each.id_number is None or last.id_number is None


def _joined(last: Named, each: Named) -> Named:
    return Named(
        last.name,
        last.id_number or each.id_number,
        last.phone or each.phone,
        last.released or each.released,
    )


def _parts(text: str) -> Iterator[str]:
    """What a cell says of each, apart."""
    for part in MARKS.split(text if _BARE.fullmatch(text) else _unnumbered(text)):
        yield from _apart(part.strip())


def _unnumbered(text: str) -> str:
    """A cell without the numbers of a list; what stands in brackets is not parted."""
    whole = _WHOLLY_BRACKETED.fullmatch(text)
    plain = _TITLES.sub("", whole[1] if whole else text).translate(_WIDE_DIGITS)
    bare = _NUMBERS.sub("\n", plain)
    bare = _LIST_NUMBERS.sub("\n", bare) if _BEGINS_LIST.match(text) else bare
    bare = _HAN_NUMBERS.sub("\n", bare)
    return _BRACKETED.sub(lambda hit: MARKS.sub(_WITHIN, hit[0]), bare)


def _apart(part: str) -> Iterator[str]:
    """Those who are joined by a word, which names hold as well: 和平饭店."""
    if not _AND.search(part):
        yield part
        return
    begin, joints = 0, [*_AND.finditer(part)]
    ends = [*(joint.start() for joint in joints[1:]), len(part)]
    for joint, end in zip(joints, ends, strict=False):
        left = part[begin : joint.start()].strip()
        if _are_two(left, part[joint.end() : end].strip()):
            yield left
            begin = joint.end()
    yield part[begin:].strip()


def _are_two(left: str, right: str) -> bool:
    if left.endswith(COMPANY):
        return len(right) > 1
    return _is_person(left) and bool(_SPOUSE.match(right) or _is_person(right))


def _is_person(word: str) -> bool:
    return len(word) <= _LONGEST_PERSON and is_name(
        _unlabelled(_BRACKETED.sub("", word))
    )


def is_name(word: str) -> bool:
    """Whether a word is the name of a person."""
    return [*names_in(word, expected=True)] == [(0, len(word))]


def _read(part: str) -> Named:
    """Who is meant by a part of a cell."""
    if _PLAIN.fullmatch(part) and (part.endswith("公司") or is_name(part)):
        return Named(part)
    bare, id_number = _without(ID_NUMBER, part)
    bare, phone = _without(PHONE, bare)
    over = [_RELEASED.fullmatch(inner) for inner in _BRACKETED.findall(bare)]
    bare = _BRACKETED.sub(_kept_bracket, bare).strip()
    bare, ended = _RELEASED_AT_END.subn("", bare)
    released = any(over) or ended > 0 or _RELEASED.fullmatch(bare) is not None
    return Named(_name(bare), id_number, phone, released)


def _without(number: re.Pattern[str], text: str) -> tuple[str, str | None]:
    """A text without its numbers, and the first of them."""
    hit = number.search(text)
    return (number.sub("", text), hit[1]) if hit else (text, None)


def _kept_bracket(hit: re.Match[str]) -> str:
    """Brackets that belong to a name, as of 甲（上海）有限公司, stay."""
    inner = hit[1].strip(_WITHIN + _EDGES)
    told = _unlabelled(inner)
    is_remark = (
        _REMARK.fullmatch(inner)
        or _RELEASED.fullmatch(inner)
        or (told != inner and is_name(told))
    )
    return "" if is_remark else hit[0].replace(_WITHIN, "、")


def _name(text: str) -> str | None:
    provides = _PROVIDES.fullmatch(text)
    bare = _unlabelled(provides[1] if provides else text)
    for said in (_OTHERS_ALIKE, _COUPLE, _OTHERS, _AMOUNT_AT_END):
        bare = said.sub("", bare.strip(_EDGES))
    name = bare.strip(_EDGES)
    return None if _is_nobody(name) else name


def _unlabelled(text: str) -> str:
    bare = text
    while label := _LABEL.match(bare):
        bare = bare[label.end() :]
    role = _ROLE_BEFORE.match(bare)
    rest = bare[role.end() :] if role else ""
    return rest if rest and is_name(rest) else bare


def _is_nobody(name: str) -> bool:
    if name in _words() or _NOBODY.fullmatch(name):
        return True
    is_over = _RELEASED.fullmatch(name.removeprefix("尚").removeprefix("未"))
    return is_over is not None or _REMARK.fullmatch(name) is not None


@cache
def _words() -> frozenset[str]:
    """Words of what a guarantor or a security is, which name none."""
    fields = (
        catalogue.field("guarantees", "guarantor_type"),
        catalogue.field("claims", "security_type"),
    )
    return frozenset(w for f in fields for words in f.values.values() for w in words)
