"""States of batches and of their steps, and why one comes to nothing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from features.errors import RecoupError

State = Literal["queued", "running", "done", "failed", "cancelled"]
QUEUED: State = "queued"
RUNNING: State = "running"
DONE: State = "done"
FAILED: State = "failed"
CANCELLED: State = "cancelled"

# A step besides is open, or held by a worker.
OPEN, HELD = "open", "held"

PLAN, CHUNK, END = "plan", "chunk", "end"

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "workers_ended": (
            "the worker ended each of the {attempts} times that this was begun, most "
            "likely for want of memory: give workers more of it, or submit the book "
            "with smaller chunks",
            "该步骤启动{attempts}次，执行进程每次都异常退出，很可能是内存不足："
            "请增加内存，或以更小的分块重新提交",
        ),
        "broken": (
            "the worker failed; the cause is in its log",
            "执行进程出错，原因见其日志",
        ),
        "unwritten": (
            "the output cannot be written: {cause}; make room or mend the folder, and "
            "retry",
            "无法写入结果：{cause}；请腾出空间或修复目录后重试",
        ),
        "other_software": (
            "the batch was submitted under other versions of the software ({theirs}; "
            "here {ours}), whose output would not be the same: run a worker of those "
            "versions, or cancel the batch and submit it anew",
            "该批次由其他软件版本提交（{theirs}；当前为 {ours}），结果将不一致："
            "请运行该版本的执行进程，或取消后重新提交",
        ),
        "too_many_chunks": (
            "{chunks:,} chunks are more than the {most:,} allowed; submit the book "
            "with larger chunks, or in several batches",
            "共{chunks:,}个分块，超过上限{most:,}；请增大分块或分多个批次提交",
        ),
        "source_changed": (
            "{path} is not what it was when the batch was submitted; put it back and "
            "retry, or submit the batch anew",
            "{path} 与提交时不一致；请恢复后重试，或重新提交",
        ),
    }
)


class BatchError(RecoupError):
    """A step of a batch comes to nothing."""


class PassingError(BatchError):
    """The same, where another attempt may succeed."""

    passing = True


def words(name: str, **values: object) -> dict[str, Any]:
    """Why something failed, in both languages, as the store keeps it."""
    en, zh = (text.format(**values) for text in _WORDS[name])
    return {"code": name, "detail": en, "detail_zh": zh}


def failed(name: str, **values: object) -> BatchError:
    """The same as an error that no attempt mends."""
    told = words(name, **values)
    return BatchError(told["detail"], zh=told["detail_zh"])
