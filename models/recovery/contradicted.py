"""Expected directions that a history contradicts, so that no tree holds them."""

from pydantic import BaseModel, ConfigDict

from features import catalogue

_SIDES = {1: ("more", "高"), -1: ("less", "低")}


class Contradicted(BaseModel):
    """Features that trees were let follow wherever the history goes.

    Attributes:
        features: Their names.
        saved_share: Share of the cross-entropy of unseen claims that this saved, of the
            family of features that saved most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    features: tuple[str, ...]
    saved_share: float

    def words(self) -> str:
        """What is not held, and what to look at."""
        known = catalogue.features()
        expected = [
            f"claims pay {_SIDES[known[n].direction][0]} the higher their {n}"
            for n in self.features
        ]
        return (
            f"the history contradicts that {' and that '.join(expected)}: trees that "
            "are not held to it told claims that they had not seen better, by "
            f"{self.saved_share:.1%} of the cross-entropy, and figures follow the "
            "history instead; look whether the field means the same at every seller "
            "and in this package"
        )

    def words_zh(self) -> str:
        """The same in Chinese."""
        known = catalogue.features()
        expected = [
            f"“{known[n].zh}越高、回收越{_SIDES[known[n].direction][1]}”"
            for n in self.features
        ]
        return (
            f"历史数据不支持{'、'.join(expected)}：不施加该方向约束时，"
            f"对未参与训练的债权交叉熵降低{self.saved_share:.1%}，模型因此未施加该约束；"
            "请核对该字段在各卖方及本资产包中的口径是否一致"
        )
