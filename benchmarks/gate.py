"""Whether anything became slower: ratios of one run against ratios on record.

What is judged is how many times less of the processor ours takes than its peer in the
same run: that holds on a slower machine and beside other work, where seconds do not.
``expected.json`` says for each row what was measured and what share of it may be lost
before that is a slowdown and no noise.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from benchmarks.result import Result

EXPECTED = Path(__file__).with_name("expected.json")


class Expected(BaseModel):
    """What a row's ratio was.

    Attributes:
        cpu_ratio: How many times less of the processor ours took.
        tolerance: Share of it that may be lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu_ratio: float = Field(gt=0)
    tolerance: float = Field(gt=0, lt=1)

    @property
    def least(self) -> float:
        """Below this it is a slowdown."""
        return self.cpu_ratio * (1 - self.tolerance)


def read_expected(path: Path = EXPECTED) -> Mapping[str, Expected]:
    """The ratios on record, by name of the row."""
    return TypeAdapter(dict[str, Expected]).validate_json(path.read_bytes())


def slowdowns(
    results: Iterable[Result], expected: Mapping[str, Expected]
) -> Iterator[str]:
    """A sentence on each row that is slower than on record, or whose bits differ."""
    for result in results:
        if result.same_bits is False:
            yield f"{result.name}: the bits are not those of the peer"
        known, ratio = expected.get(result.name), result.cpu_ratio
        if known is not None and (ratio is None or ratio < known.least):
            yield (
                f"{result.name}: takes {ratio or 0:.3g} times less of the processor "
                f"than its peer, not {known.cpu_ratio:.3g} as on record "
                f"({known.least:.3g} would do)"
            )
