"""The model trial: its first opening, in a process of its own that may come to harm.

``python -m serving.champion.confined FOLDER`` opens a model, has it reproduce its
golden rows, values an example with reasons and says on one line how that went. Whatever
ends that process otherwise is a refusal in words; the service that asked goes on.
"""

import os
import subprocess  # nosec B404
import sys
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import ModelDamagedError, ModelUnavailableError

PATIENCE_SECONDS = 300.0
_PASSED_ON = ("LC_", "LD_", "NUMBA_", "PYTHON")
_ALSO = ("HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV")
# Libraries would otherwise start a thread for each core.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)


class Verdict(BaseModel):
    """What a trial says in the end.

    Attributes:
        sha256: Identity of the model; empty where it is refused.
        reason: Why it is refused.
        reason_zh: The same in Chinese.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = ""
    reason: str = ""
    reason_zh: str = ""


def tried(folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> str:
    """Identity of a model that a process of its own could open and use.

    Args:
        folder: Its files.
        patience_seconds: After so long the process is ended.

    Raises:
        ModelDamagedError: It could not.
        ModelUnavailableError: The process could not be started.
    """
    command = [sys.executable, "-m", "serving.champion.confined", str(folder)]
    try:
        ended = subprocess.run(  # noqa: S603  # nosec B603
            command,
            capture_output=True,
            check=False,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            timeout=patience_seconds,
        )
    except subprocess.TimeoutExpired:
        raise ModelDamagedError(
            f"its trial did not end within {patience_seconds:g} seconds",
            zh=f"试用在{patience_seconds:g}秒内没有结束",
        ) from None
    except OSError as error:
        raise ModelUnavailableError(f"no trial could be started: {error}") from None
    return judged(ended.returncode, ended.stdout)


def judged(status: int, said: bytes) -> str:
    """Identity of the model by what its trial left behind.

    Args:
        status: Exit status, below 0 where a signal ended the process.
        said: What it wrote.

    Raises:
        ModelDamagedError: It was refused, or ended otherwise.
    """
    try:
        verdict = Verdict.model_validate_json(said)
    except ValidationError:
        verdict = Verdict()
    if status == 0 and verdict.sha256:
        return verdict.sha256
    if verdict.reason:
        raise ModelDamagedError(verdict.reason, zh=verdict.reason_zh)
    raise ModelDamagedError(
        f"the process that tried it ended with status {status}: it would have taken "
        "the service with it",
        zh=f"试用它的进程以状态{status}结束：若直接载入会拖垮服务",
    )


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_PASSED_ON) or name in _ALSO
    }
    return kept | _ONE_THREAD
