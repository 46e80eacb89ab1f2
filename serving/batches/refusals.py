"""What a batch does not allow in its state."""

from features.errors import BatchRefusedError, Finding
from serving.batches.tables import Batch

_FORBIDDEN = {
    "queued": ("waits for a worker", "尚在排队"),
    "running": ("is being worked on", "正在处理"),
    "done": ("is done", "已完成"),
    "failed": ("failed", "已失败"),
    "cancelled": ("was cancelled", "已取消"),
}


def refused(batch: Batch) -> BatchRefusedError:
    """The refusal of something that the state of a batch does not allow."""
    state, state_zh = _FORBIDDEN[batch.state]
    reason = f"batch {batch.id} {state}, which does not allow this; look at it again"
    zh = f"批次 {batch.id} {state_zh}，不能执行该操作；请刷新查看"
    finding = Finding("batch_state", reason, zh, table="", value=batch.state)
    return BatchRefusedError(reason, [finding], zh)
