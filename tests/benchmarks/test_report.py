import json

from benchmarks.report import as_json, as_markdown, short
from benchmarks.result import Result

MACHINE = {"processor": "abacus", "cores": "2"}
FAST = Result(
    name="fast",
    work="trees",
    unit="ms",
    ours=0.0312,
    peer=0.0781,
    against="LightGBM",
    ratios=(2.4, 2.6, 2.5),
    cpu_ratio=2.5,
    least_ratio=2.0,
    same_bits=True,
)
ALONE = Result(name="start", work="start", unit="s", ours=3.21, most=3.0)
UNASKED = Result(
    name="beside",
    work="requests",
    unit="requests/s",
    ours=4_321.0,
    peer=3_000.0,
    against="MLServer",
    ratios=(1.44,),
)


def test_a_table_states_the_machine_and_a_line_for_each_result() -> None:
    described, blank, _, _, *lines = as_markdown(
        [FAST, ALONE, UNASKED], MACHINE
    ).splitlines()

    assert described == "processor abacus; cores 2"
    assert not blank
    assert lines == [
        "| trees | 0.0312 ms | 0.0781 ms (LightGBM) | 2.5 (2.4 to 2.6) | ≥ 2 × "
        "| yes | yes |",
        "| start | 3.21 s |  |  | ≤ 3 s | **no** |  |",
        "| requests | 4,321 requests/s | 3,000 requests/s (MLServer) "
        "| 1.44 (1.44 to 1.44) |  |  |  |",
    ]


def test_json_holds_what_was_measured_and_what_follows_from_it() -> None:
    told = json.loads(as_json([FAST, ALONE], MACHINE))

    assert told["machine"] == MACHINE
    fast, alone = told["results"]
    assert (fast["ratio"], fast["reached"], fast["ratios"]) == (
        2.5,
        True,
        [2.4, 2.6, 2.5],
    )
    assert (alone["ratio"], alone["reached"], alone["most"]) == (None, False, 3.0)


def test_numbers_have_three_digits_and_whole_ones_commas() -> None:
    assert [short(x) for x in (0.03124, 2.0, 12.34, 123.4, 12_345.6)] == [
        "0.0312",
        "2",
        "12.3",
        "123",
        "12,346",
    ]
