import platform
from pathlib import Path

from benchmarks.machine import machine, processor


def test_the_processor_is_named_as_the_system_does(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Abacus 3\nprocessor\t: 1\n")

    assert processor(cpuinfo) == "Abacus 3"
    assert processor(tmp_path / "absent") == platform.machine()


def test_the_machine_is_described_and_not_named() -> None:
    described = " ".join(machine().values())

    assert platform.node() not in described
    assert str(Path.cwd()) not in described
