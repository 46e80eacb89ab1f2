"""What a result says to people, in both languages."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from features import catalogue
from features.findings import shortened
from features.network import Circle
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.judgement import Indicator, Judgement, Result, Status

SHOWN = 5
LONGEST_PATH = 300
Words = tuple[str, str]


def words(result: Result, judgement: Judgement) -> Words:
    """What a result says: what is wrong, how far, and what to do; English, Chinese."""
    english, chinese = _STATUS_WORDS[result.status](result, judgement)
    more = _transition(result)
    return english + more[0], chinese + more[1]


def _passed(result: Result, _: Judgement) -> Words:
    if result.indicator is None:
        return "no claim breaches it", "没有债权违反"
    return _moved(result.indicator)


def _moved(indicator: Indicator) -> Words:
    before, after = _percent(indicator.before_rate), _percent(indicator.after_rate)
    limit = _percent(indicator.limit_rate)
    return (
        f"{after} after the bid, {before} before, limit {limit}",
        f"报价后{after}，报价前{before}，限额{limit}",
    )


def _breached(result: Result, judgement: Judgement) -> Words:
    if result.indicator is not None:
        return _beyond(result, result.indicator, judgement)
    kind = result.rule.rule.kind
    count, total = len(result.claims), len(judgement.case.package)
    owed = float(judgement.case.package.claim_yuan()[result.claims].sum())
    remedy = _REMEDIES.get(kind, _REMEDIES["forbidden_flag"])
    unknown = _unknown_too(result)
    return (
        f"{count:,} of {total:,} claims ({owed:,.2f} yuan owed): {remedy[0]}"
        f"{unknown[0]}",
        f"{total:,}笔债权中有{count:,}笔（债权合计{owed:,.2f}元）：{remedy[1]}{unknown[1]}",
    )


_REMEDIES: Mapping[str, Words] = MappingProxyType(
    {
        "forbidden_flag": (
            "they must not be bought; take them out of the package",
            "不得收购，请从资产包中剔除",
        ),
        "licence": (
            "the buyer is not admitted to buy them; leave them to one that is",
            "买方不具备受让资格，请由具备资格的机构受让",
        ),
        "interested_party": (
            "the buyer is close to those who owe or guarantee them; take them out",
            "买方与债务人或保证人存在利害关系，请剔除",
        ),
        "territory": (
            "neither seller nor obligor nor collateral is in the buyer's province; "
            "take them out",
            "出让方、债务人、押品均不在买方所在省，请剔除",
        ),
        "class_check": (
            "graded better than their days past due allow; ask the seller",
            "五级分类高于逾期天数对应的类别，请向出让方核实",
        ),
    }
)


def _unknown_too(result: Result) -> Words:
    if not len(result.unknown):
        return "", ""
    count, missing = len(result.unknown), result.missing
    return (
        f"; {count} more cannot be judged without {_listed(missing)}",
        f"；另有{count}笔无法判断，缺少{_listed_zh(missing)}",
    )


def _beyond(result: Result, indicator: Indicator, judgement: Judgement) -> Words:
    english, chinese = _moved(indicator)
    for more in (
        _obligors(result, judgement),
        _circle(result, indicator, judgement),
        _price(indicator),
    ):
        english, chinese = english + more[0], chinese + more[1]
    return english, chinese


def _obligors(result: Result, judgement: Judgement) -> Words:
    """Who owes the claims concerned, where there are such."""
    network = judgement.case.network
    nodes = sorted(set(network.claim_node[result.claims].tolist()))
    names = [network.names[node] for node in nodes]
    if not names:
        return "", ""
    return f"; owed by {_named(names)}", f"；债务人：{_named(names, '、')}"


def _circle(result: Result, indicator: Indicator, judgement: Judgement) -> Words:
    alone = indicator.without_circles_rate
    found = circles(result, judgement)
    if alone is None or not found:
        return "", ""
    path, path_zh = path_words(found[0])
    return (
        f"; joined by a guarantee circle: {path} ({_percent(alone)} without it)",
        f"；因担保圈合并：{path_zh}（不合并则为{_percent(alone)}）",
    )


def _price(indicator: Indicator) -> Words:
    price = indicator.largest_price_yuan
    if price is None:
        return "", ""
    return (
        f"; at most {price:,.2f} yuan may be bid under this rule",
        f"；按此规则最高可报价{price:,.2f}元",
    )


def circles(result: Result, judgement: Judgement) -> list[Circle]:
    """Guarantee circles among the claims that a result is about."""
    if result.indicator is None or result.indicator.without_circles_rate is None:
        return []
    network = judgement.case.network
    numbers = sorted(set(network.circle[result.claims].tolist()) - {-1})
    return [network.circles[number] for number in numbers]


def _cannot_be_judged(result: Result, _: Judgement) -> Words:
    asked, asked_zh = _listed(result.missing), _listed_zh(result.missing)
    count = len(result.unknown)
    about = f"{count} claim{'s' * (count != 1)} " if count else ""
    about_zh = f"{count}笔债权" if count else ""
    flag = result.rule.rule.kind == "forbidden_flag"
    then = " or have the seller warrant it" if flag else ""
    asked_zh = f"“{asked_zh}”一栏" if flag else asked_zh
    then_zh = "，或由出让方在合同中保证" if flag else ""
    return (
        f"{about}cannot be judged; supply {asked}{then}",
        f"{about_zh}无法判断；请补充{asked_zh}{then_zh}",
    )


def _duty(result: Result, _: Judgement) -> Words:
    return result.rule.rule.reading, result.rule.rule.reading_zh


def _not_applicable(result: Result, judgement: Judgement) -> Words:
    kind = judgement.case.buyer.kind
    if not result.rule.binds(kind):
        return f"does not bind a {kind}", "不适用于该类买方"
    if result.rule.rule.suspended_while is not None:
        other = result.rule.rule.suspended_while
        return f"{other} stands in its place", f"由{other}替代"
    return "no claim is concerned", "不涉及任何债权"


def _not_in_force(result: Result, _: Judgement) -> Words:
    first, last = result.rule.effective_from, result.rule.effective_until
    until, until_zh = ("", "") if last is None else (f" to {last}", f"，至{last}止")
    return f"in force from {first}{until}", f"自{first}起生效{until_zh}"


_STATUS_WORDS: Mapping[Status, Callable[[Result, Judgement], Words]] = MappingProxyType(
    {
        "passed": _passed,
        "breached": _breached,
        "cannot_be_judged": _cannot_be_judged,
        "duty": _duty,
        "not_applicable": _not_applicable,
        "not_in_force": _not_in_force,
    }
)


def _transition(result: Result) -> Words:
    """What the transition changes, where a breach meets it."""
    eased = result.rule.rule.blocks_in_transition
    if not result.transition or result.status != "breached" or eased is None:
        return "", ""
    last = result.rule.transition_until
    stops = "stops" if result.blocks else "does not stop"
    stops_zh = "阻止" if result.blocks else "不阻止"
    return (
        f"; transition until {last}: this breach {stops} the bid",
        f"；过渡期至{last}：该违反{stops_zh}本次报价",
    )


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.2%}"


def _named(names: list[str], mark: str = ", ") -> str:
    shown = [shortened(name) for name in names[:SHOWN]]
    return mark.join([*shown, *(["…"] if len(names) > SHOWN else [])])


def path_words(circle: Circle) -> Words:
    """The guarantees that make a circle, cut short where they are many."""
    return _cut(circle.words), _cut(circle.words_zh)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_PATH else f"{text[:LONGEST_PATH]}…"


def _listed(missing: tuple[str, ...]) -> str:
    return ", ".join(missing)


def _listed_zh(missing: tuple[str, ...]) -> str:
    return "、".join(_zh(name) for name in missing)


def _zh(name: str) -> str:
    """Chinese name of a field of the buyer or of the tape."""
    if name.startswith("buyer/"):
        field, _, year = name.removeprefix("buyer/").partition(" ")
        extra = Buyer.model_fields[field].json_schema_extra
        meaning = dict(extra)["description_zh"] if isinstance(extra, dict) else field
        return f"{str(meaning).rstrip('。')}{year and f'（{year}年）'}"
    table, _, field = name.rpartition(".")
    return catalogue.field(table or "claims", field).zh
