"""What the figures were measured on: nothing that names the machine or its folders."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psutil

LIBRARIES = ("lightgbm", "numba", "numpy", "pyarrow", "mlflow", "fastapi", "uvicorn")


def machine() -> Mapping[str, str]:
    """The processor, the system and the versions that matter."""
    return {
        "processor": processor(Path("/proc/cpuinfo")),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def processor(cpuinfo: Path) -> str:
    """Model of the processor, or its architecture where the system does not say."""
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    stated = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return stated[0].strip() if stated else platform.machine()
