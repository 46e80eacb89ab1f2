"""The certificate of destruction as a file that an auditor can keep."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from tomllib import loads
from types import MappingProxyType
from typing import Any

import orjson

from features.catalogue import Language
from serving.reports.announcement.page import html_page
from serving.reports.paper import Column, Facts, Paper, Section, Table, Text
from serving.reports.typesetting import typeset

Content = Mapping[str, Any]
_FACTS = ("certificate", "at", "by", "tenant", "subject", "persons", "claims", "method")


@cache
def _texts() -> Mapping[str, Mapping[Language, str]]:
    told = files("serving.personal").joinpath("texts.toml").read_text("utf-8")
    return MappingProxyType(loads(told))


def paper(content: Content, language: Language) -> Paper:
    """A certificate as a paper.

    Args:
        content: What was certified, with the hash of it.
        language: Of its words.
    """

    def text(key: str) -> str:
        return _texts()[key][language]

    facts = [(text(name), str(content[name])) for name in (*_FACTS, "sha256")]
    keys = tuple(
        (k["subject"], k["package_id"] or "", k["fingerprint"], k["kept_since"])
        for k in content["keys"]
    )
    names = ("key_of", "package", "fingerprint", "kept_since")
    columns = tuple(Column(text(name)) for name in names)
    return Paper(
        language,
        text("title"),
        str(content["subject"]),
        "",
        text("foot"),
        [Text((text("intro"),)), Facts(tuple(facts))],
        [
            Section(text("keys"), [Table(columns, keys)]),
            Section(text("holds"), [Text((text("holds_words"), text("holds_not")))]),
        ],
    )


def _json(content: Content, _: Language) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _html(content: Content, language: Language) -> bytes:
    return html_page(paper(content, language)).encode()


def _pdf(content: Content, language: Language) -> bytes:
    return typeset(paper(content, language), datetime.fromisoformat(content["at"]))


FORMS: Mapping[str, Callable[[Content, Language], bytes]] = MappingProxyType(
    {".json": _json, ".html": _html, ".pdf": _pdf}
)
