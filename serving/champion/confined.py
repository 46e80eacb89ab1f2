"""What the process of a trial does: shut itself in, then open and use the model.

Memory, time and files are limited, and no way leads to the network.
"""

import ctypes
import math
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import orjson

from features.errors import ModelDamagedError, RecoupError
from models.recovery.artefact import golden_rows, open_model
from models.recovery.explanation import level_effects
from models.recovery.model import RecoveryModel
from serving.champion.served import ServedModel
from serving.champion.trial import Verdict
from serving.intake import order_of_request
from serving.schemas import EXAMPLE
from serving.scorer import score

LIMITS: Mapping[int, int] = MappingProxyType(
    {
        resource.RLIMIT_AS: 4 << 30,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: 240,
        resource.RLIMIT_FSIZE: 64 << 20,
        resource.RLIMIT_NOFILE: 128,
    }
)
_NEW_NETWORK = 0x40000000
_WAYS_OUT = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn")
# TreeSHAP adds up to the trees but for rounding.
_ROUNDING = 1e-6


def main(folder: Path) -> None:
    """Try the model in a folder and write the verdict."""
    shut_in()
    verdict = verdict_on(folder)
    sys.stdout.write(verdict.model_dump_json())
    sys.stdout.flush()


def shut_in() -> None:
    """Limit this process and cut it off."""
    _leave_network()
    for kind, most in LIMITS.items():
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(
            kind,
            (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2,
        )
    sys.addaudithook(_no_way_out)


def verdict_on(folder: Path) -> Verdict:
    """What becomes of a model that is opened and used."""
    try:
        model = open_model(folder)
        _check_reasons(model, folder)
        _value_example(model)
    except RecoupError as error:
        return Verdict(reason=str(error), reason_zh=error.zh)
    except Exception as error:  # Whatever it is, the model is not fit.
        told = f"it cannot be used: {type(error).__name__}: {error}"[:500]
        return Verdict(reason=told, reason_zh=f"无法使用：{type(error).__name__}")
    return Verdict(sha256=model.sha256)


def _check_reasons(model: RecoveryModel, folder: Path) -> None:
    """What features bring must add up to what the trees say."""
    rows = golden_rows(folder)
    explained = level_effects(model, rows).sum(axis=1)
    summed = model.level.sums(rows.values).mean(axis=0)
    # A comparison with NaN is never true.
    if not (np.abs(explained - summed) <= _ROUNDING * (1 + np.abs(summed))).all():
        raise ModelDamagedError(
            "its reasons do not add up to what the trees say",
            zh="其归因与树的结果不一致",
        )


def _value_example(model: RecoveryModel) -> None:
    order = order_of_request(orjson.dumps(EXAMPLE), len(EXAMPLE["claims"]))
    served = ServedModel("on trial", "0", model)
    package = score(order.submission, order.assumptions, served)["package"]
    if not math.isfinite(package["present_value_yuan"]):
        raise ModelDamagedError(
            "it values an example at no number", zh="示例估值结果不是数字"
        )


def _leave_network() -> None:
    """A network of its own with nobody in it, where the system lets us have one."""
    ctypes.CDLL(None).unshare(_NEW_NETWORK)


def _no_way_out(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(_WAYS_OUT):
        raise PermissionError(f"a model on trial has no use for {event}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
