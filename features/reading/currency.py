"""Currencies other than renminbi, as tapes write them."""

import re

# With a size at most behind it: an audited balance is none in Australian dollars.
_CODES = (
    r"(?<![a-z])(?:usd|eur|hkd|jpy|gbp|chf|aud|cad|sgd|twd|krw)"
    r"(?=(?:k|mm?|mn|bn|thousands?|millions?|billions?)?(?![a-z]))"
)
NAMES = (
    rf"[a-z]{{0,3}}[$＄]|[€£￡]|{_CODES}|"
    r"美元|美金|欧元|港[元币]|日元|英镑|澳元|加元|新加坡元|新台币|韩元|瑞士法郎"
)
FOREIGN_CURRENCY = re.compile(NAMES, re.IGNORECASE)
