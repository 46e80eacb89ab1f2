"""Trees written as LightGBM's text anew, for LightGBM itself to read.

LightGBM ends the process on many a damaged text. It is never shown the one that a model
came with: what ``text.py`` has checked is written again, number by number, with nothing
else. Doubles keep every bit.
"""

from collections.abc import Iterable

from models.recovery.trees.text import CATEGORICAL, ModelText, Trees


def written(model: ModelText) -> str:
    """The text of a model's trees, without names, objective or parameters.

    Raises:
        ValueError: Some leaf is a linear function, which is not written.
    """
    if model.trees.is_linear:
        raise ValueError("linear leaves are not written")
    head = (
        "tree",
        "version=v4",
        f"num_class={model.outputs}",
        f"num_tree_per_iteration={model.outputs}",
        "label_index=0",
        f"max_feature_idx={model.columns - 1}",
        _line("feature_names", (f"f{i}" for i in range(model.columns))),
        _line("feature_infos", ("none" for _ in range(model.columns))),
        "",
    )
    trees = (_tree(model, number) for number in range(len(model.trees)))
    return "\n".join((*head, *trees, "end of trees", ""))


def _tree(model: ModelText, number: int) -> str:
    trees = model.trees
    nodes = slice(*trees.node_start[number : number + 2])
    leaves = slice(*trees.leaf_start[number : number + 2])
    bounds, words, threshold = _categories(trees, nodes)
    lines = [
        f"Tree={number}",
        f"num_leaves={leaves.stop - leaves.start}",
        f"num_cat={len(bounds) - 1}",
        _line("split_feature", trees.feature[nodes]),
        _line("threshold", map(_exact, threshold)),
        _line("decision_type", trees.decision[nodes]),
        _line("left_child", trees.left[nodes]),
        _line("right_child", trees.right[nodes]),
        _line("leaf_value", map(_exact, trees.leaf_value[leaves])),
        _line("leaf_count", model.leaf_rows[leaves]),
        _line("internal_count", model.node_rows[nodes]),
    ]
    if words:
        lines += [_line("cat_boundaries", bounds), _line("cat_threshold", words)]
    return "\n".join((*lines, "is_linear=0", "shrinkage=1", "", ""))


def _categories(trees: Trees, nodes: slice) -> tuple[list[int], list[int], list[float]]:
    """Bounds and words of a tree's sets, and thresholds that number them."""
    bounds, words = [0], list[int]()
    threshold = trees.threshold[nodes].tolist()
    for place, node in enumerate(range(nodes.start, nodes.stop)):
        if trees.decision[node] & CATEGORICAL:
            threshold[place] = float(len(bounds) - 1)
            words += trees.words[slice(*trees.word_start[node : node + 2])].tolist()
            bounds.append(len(words))
    return bounds, words, threshold


def _exact(value: float) -> str:
    return format(value, ".17g")


def _line(name: str, values: Iterable[object]) -> str:
    return f"{name}={' '.join(map(str, values))}"
