"""What an answer says of disposal paths in words, English and Chinese."""

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType

from features.errors import Finding
from models.paths.learnt import Evidence, PathsRecord
from models.paths.path import Path, path_zh
from models.pricing.paths.plan import Row, Shortage

Words = tuple[str, str]
# Sums of hours and cash in floating point are not nearer than this.
_ROUNDING = 1e-6
PATH_EN: Mapping[Path, str] = MappingProxyType(
    {
        "collect": "collection",
        "settle": "a discounted settlement",
        "sue": "suit and enforcement",
        "restructure": "restructuring",
        "debt_to_equity": "a swap into equity",
        "sell_on": "selling on",
    }
)
NOT_LEARNT: Words = (
    "too few claims of this segment took it: its figure comes from declared priors and "
    "is not compared with learnt ones",
    "同类债权中采用该方式的过少：数值取自声明的先验值，不与历史学习值比较",
)
CONFOUNDED: Words = (
    "claims whose path was drawn by lot contradict what was learnt from chosen ones: "
    "learnt figures are withdrawn",
    "抽签选定的债权与人工选定的结果相矛盾：历史学习值已撤回",
)
NO_OPEN_PATH: Words = ("no path is open to this claim", "该债权无可行的处置方式")
NO_GAIN: Words = (
    "no recommendation: every path that is open costs at least what it brings",
    "不作推荐：可行的处置方式均得不偿失",
)
RARE_CLAIM: Words = (
    "no recommendation: claims alike nearly all took one path, so there is nothing to "
    "compare it with",
    "不作推荐：类似债权几乎均采用同一方式，无从比较",
)
CONFOUNDED_CLAIM: Words = (
    "no recommendation: lots show that owners chose by something that the data do not "
    "hold; figures are the engine's, by declared priors",
    "不作推荐：抽签结果表明历史选择受到数据未记录因素的影响；数值为按先验值测算",
)
STATEMENTS: Mapping[Evidence, Words] = MappingProxyType(
    {
        "observational": (
            "observational: people chose these paths. A fact that they saw and the "
            "data do not hold can make a path look better than it is, and nothing "
            "computed from these data can tell whether there is one; sensitivity says "
            "how strong it would have to be. Only paths drawn by lot can check it: "
            "propose 5 to 10% of the claims with randomise_share.",
            "观察性证据：处置方式由人选定。若选择依据了数据未记录的事实，某一方式可能"
            "被高估，且无法由现有数据判断；敏感度表示该因素需要多强才会推翻结论。"
            "唯有抽签选定的样本可以检验：可用randomise_share提议5%至10%的债权。",
        ),
        "checked": (
            "observational, and set beside claims whose path was drawn by lot: the two "
            "do not contradict each other. A bias smaller than the intervals shown "
            "under lots would not have been seen.",
            "观察性证据，并已与抽签选定的债权对照，二者不矛盾；"
            "小于lots所示区间的偏差无法察觉。",
        ),
        "randomised": (
            "randomised: every path was drawn by lot, so that hidden facts cannot have "
            "steered the choice.",
            "随机化证据：全部处置方式由抽签选定，隐藏因素无从影响选择。",
        ),
        "confounded": (
            "confounded: claims whose path was drawn by lot contradict those whose "
            "path was chosen. Owners followed something that the data do not hold; "
            "what was learnt from their choices is withdrawn, and nothing is "
            "recommended.",
            "存在混杂：抽签选定与人工选定的结果相矛盾，选择受到数据未记录因素的影响；"
            "据此学习的数值已撤回，不作推荐。",
        ),
    }
)
ENDED: Words = (
    "paths are those that work-outs ended on: attempts that failed are hidden, and "
    "paths that can fail look better than they are",
    "处置方式取自结案结果：失败的尝试未予记录，可能失败的方式被高估",
)


def statement(record: PathsRecord) -> Words:
    """What the evidence of a history can and cannot tell."""
    english, chinese = STATEMENTS[record.evidence]
    if record.labels == "ended":
        english, chinese = (
            f"{english} Also, {ENDED[0]}.",
            f"{chinese}另外，{ENDED[1]}。",
        )
    return english, chinese


def rare(chance: float, overlap_rate: float) -> Words:
    """Why nothing is recommended of a path that hardly any claim alike took."""
    return (
        f"no recommendation: claims like this one took it {chance:.1%} of the time, "
        f"below {overlap_rate:.0%}",
        f"不作推荐：类似债权采用该方式的概率为{chance:.1%}，低于{overlap_rate:.0%}",
    )


def recommended(
    best: Path, other: Path | None, gain_yuan: float, learnt: bool
) -> Words:
    """Why a path is recommended, over which other one."""
    source = (
        ("as learnt from the disposal history", "按处置历史学习值")
        if learnt
        else ("by declared priors and the expected cash", "按声明的先验值与预期现金流")
    )
    if other is None:
        return (
            f"{PATH_EN[best]} is the only path open, valued {source[0]}",
            f"仅可采用{path_zh(best)}，{source[1]}估值",
        )
    return (
        f"{PATH_EN[best]} is worth {gain_yuan:,.0f} yuan more than {PATH_EN[other]}, "
        f"{source[0]}",
        f"{source[1]}，{path_zh(best)}较{path_zh(other)}多值{gain_yuan:,.0f}元",
    )


def unsure(sensitivity: float | None) -> Words:
    """How easily a learnt recommendation falls."""
    if sensitivity is None:
        return (
            "; the history holds too few claims to say how sure that is",
            "；历史样本不足，无法说明可靠程度",
        )
    if sensitivity <= 1:
        return (
            "; the gain lies within its interval: it may be luck",
            "；差额在置信区间之内，可能出于偶然",
        )
    return (
        f"; a hidden fact that changes the odds of the choice {sensitivity:.2f} times "
        "would overturn it",
        f"；若隐藏因素使选择的发生比改变{sensitivity:.2f}倍，则结论不成立",
    )


def limit_words(row: Row) -> Words:
    """A limit in words."""
    if row.limit == "claims" and row.path is not None:
        return f"claims that take {PATH_EN[row.path]}", f"{path_zh(row.path)}笔数"
    quarter = (row.quarter or 0) + 1
    if row.limit == "hours":
        return f"hours of staff in quarter {quarter}", f"第{quarter}季度人工工时"
    return f"cash advanced in quarter {quarter}, yuan", f"第{quarter}季度垫付资金（元）"


def shortage(short: Shortage) -> Finding:
    """A limit that no plan meets, as a finding of the request."""
    english, chinese = limit_words(short.row)
    needed = ceil(short.needed - _ROUNDING)
    field = {
        "hours": "case_handlers",
        "advance": "budget_yuan",
        "claims": "most_claims",
    }
    return Finding(
        "limit_too_tight",
        f"no plan gives every claim a path within {short.row.most:,.0f} {english}; "
        f"{needed:,} would do, with whatever else is named here",
        f"{chinese}上限{short.row.most:,.0f}下无法为每笔债权安排处置方式；"
        f"连同此处列出的其他限制一并放宽时，{needed:,}即可",
        table="",
        field=field[short.row.limit],
        value=f"{short.row.most:g}",
    )
