"""The page of every act that the audit log knows, made from its catalogue.

python docs/make_actions.py > docs/audit-actions.md
"""

from collections.abc import Iterator

import click

from serving.audit.actions import acts, fact_words

HEAD = """# Acts of the audit log

Made by `python docs/make_actions.py > docs/audit-actions.md` from the
[catalogue](audit.md) `serving/audit/actions.toml`; a test fails when the two differ.

| action | act | 操作 | done to | facts |
|---|---|---|---|---|"""
FACTS = """
## Facts

| fact | meaning | 含义 |
|---|---|---|"""


def markdown() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_acts(), FACTS, *_facts(), ""])


def _acts() -> Iterator[str]:
    for name, act in acts().items():
        facts = ", ".join(f"`{fact}`" for fact in sorted(act.facts))
        yield f"| `{name}` | {act.en} | {act.zh} | {act.subject} | {facts} |"


def _facts() -> Iterator[str]:
    for name, words in fact_words().items():
        yield f"| `{name}` | {words['en']} | {words['zh']} |"


if __name__ == "__main__":
    click.echo(markdown(), nl=False)
