"""Rule packs: read from data, refused by the key that is wrong, in force by date."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from features.errors import AssumptionError, ConfigError, Finding
from models.pricing.mandate.rules import AnyRule, Blocking, BuyerKind, Pack


@dataclass(frozen=True)
class PackRule:
    """A rule with the pack that it stands in, whose dates hold where it has none.

    Attributes:
        pack: The pack.
        rule: The rule.
    """

    pack: Pack
    rule: AnyRule

    @property
    def name(self) -> str:
        """Pack and rule, as ``local_amc_2025.single_client``."""
        return f"{self.pack.id}.{self.rule.id}"

    @property
    def source(self) -> str:
        """Where the rule stands."""
        return self.rule.source or self.pack.source

    @property
    def effective_from(self) -> date:
        """First day in force."""
        return self.rule.effective_from or self.pack.effective_from

    @property
    def effective_until(self) -> date | None:
        """Last day in force; None for ever."""
        return self.rule.effective_until or self.pack.effective_until

    @property
    def transition_until(self) -> date | None:
        """Last day of the transition, if there is one."""
        return self.rule.transition_until or self.pack.transition_until

    def in_force(self, on: date) -> bool:
        """Whether the rule binds on a day; its first and last day count."""
        last = self.effective_until
        return self.effective_from <= on and (last is None or on <= last)

    def in_transition(self, on: date) -> bool:
        """Whether the rule is in force and its transition has not ended."""
        last = self.transition_until
        return last is not None and self.in_force(on) and on <= last

    def blocking(self, on: date) -> Blocking:
        """What stops a bid on a day."""
        eased = self.rule.blocks_in_transition
        if eased is not None and self.in_transition(on):
            return eased
        return self.rule.blocks

    def binds(self, buyer: BuyerKind | None) -> bool:
        """Whether the rule binds a buyer; None asks for rules that bind all."""
        return not self.pack.applies_to or buyer in self.pack.applies_to


def read_pack(path: Path) -> Pack:
    """A pack from a TOML file.

    Raises:
        ConfigError: The file cannot be read, or a key of it is wrong; the message
            names the file and the keys.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"rule pack {path.name}: {error}") from None
    try:
        return pack_of(document, path.name)
    except AssumptionError as error:
        wrong = "; ".join(finding.sentence() for finding in error.findings)
        raise ConfigError(f"rule pack {wrong}", error.findings) from None


def pack_of(document: Mapping[str, Any], table: str = "pack") -> Pack:
    """A pack from plain data.

    Args:
        document: Keys of the pack.
        table: What it is called in a message.

    Raises:
        AssumptionError: A key is unknown, missing or wrong.
    """
    return Pack.of(document, table)


def read_packs(folder: Path) -> tuple[Pack, ...]:
    """Every pack of a folder, in order of file name.

    Raises:
        ConfigError: One of them is wrong, two have one name, or one waits on a rule
            that is in none of them.
    """
    found = tuple(read_pack(path) for path in sorted(folder.glob("*.toml")))
    return with_pack((), *found)


@cache
def own_packs() -> tuple[Pack, ...]:
    """The packs that come with the project: each .toml in the folder ``packs``."""
    return read_packs(Path(str(files("models.pricing.mandate").joinpath("packs"))))


def with_pack(packs: Sequence[Pack], *more: Pack) -> tuple[Pack, ...]:
    """Packs and further ones; one of a name that is there already takes its place.

    Raises:
        ConfigError: Two of the further ones have one name, or a rule waits on one that
            is in none of the packs, or on itself through others.
    """
    by_name = {pack.id: pack for pack in more}
    if len(by_name) < len(more):
        raise _refused("pack id stands twice", "规则包编号重复", "id")
    kept = [by_name.pop(pack.id, pack) for pack in packs]
    every = (*kept, *by_name.values())
    names = {rule.name for rule in rules_of(every)}
    for rule in rules_of(every):
        waits_on = rule.rule.suspended_while
        if waits_on is not None and waits_on not in names:
            raise _refused(
                f"{rule.name}: suspended_while names {waits_on}, which is in no pack",
                f"{rule.name}：suspended_while所指{waits_on}不存在",
                "suspended_while",
            )
    _refuse_circles({r.name: r.rule.suspended_while for r in rules_of(every)})
    return every


def _refuse_circles(waits_on: Mapping[str, str | None]) -> None:
    """Rules that wait on each other would all be silent at once."""
    for name, first in waits_on.items():
        passed, at = {name}, first
        while at is not None and at not in passed:
            passed.add(at)
            at = waits_on[at]
        if at is not None:
            raise _refused(
                f"{name}: suspended_while leads back to {at}, so that no rule of the "
                "circle would ever speak",
                f"{name}：suspended_while循环指向{at}，循环内的规则均不会适用",
                "suspended_while",
            )


def rules_of(packs: Iterable[Pack]) -> tuple[PackRule, ...]:
    """Every rule of these packs, in order."""
    return tuple(PackRule(pack, rule) for pack in packs for rule in pack.rules)


def _refused(reason: str, reason_zh: str, key: str) -> ConfigError:
    finding = Finding("rule_pack", reason, reason_zh, table="packs", field=key)
    return ConfigError(f"rule packs: {reason}", [finding])
