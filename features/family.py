"""The families of features that a credit committee speaks of."""

from typing import get_args

from features.catalogue import Family

FAMILIES: tuple[Family, ...] = get_args(Family)
FAMILY_ZH: dict[Family, str] = {
    "loan": "贷款",
    "arrears": "逾期与还款",
    "obligor": "债务人",
    "collateral": "押品",
    "guarantee": "保证",
    "legal": "司法程序",
    "region": "地区",
}
