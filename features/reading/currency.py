"""Currencies other than renminbi, as tapes write them."""

import re

NAMES = (
    r"[a-z]{0,3}[$＄]|[€£￡]|usd|eur|hkd|jpy|gbp|chf|aud|cad|sgd|twd|krw|"
    r"美元|美金|欧元|港[元币]|日元|英镑|澳元|加元|新加坡元|新台币|韩元|瑞士法郎"
)
FOREIGN_CURRENCY = re.compile(NAMES, re.IGNORECASE)
