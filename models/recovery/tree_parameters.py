"""How trees are grown, of a level or of a curve."""

from dataclasses import dataclass

from features import catalogue
from features.table import categorical_features

# Recoveries are too noisy for finer cuts, and a fit takes half the time of 255.
BINS = 63


@dataclass(frozen=True)
class TreeParameters:
    """How trees are grown.

    Attributes:
        trees: Number of trees.
        leaves: Leaves of a tree.
        learning_rate: Shrinkage of each tree.
        least_claims: Fewest claims in a leaf, each with its average rows.
        ridge: L2 penalty on leaf values.
        row_share: Share of rows each tree sees.
        column_share: Share of features each tree sees.
        monotone: Whether the directions that the catalogue enforces are held.
        seed: Seed; one seed gives identical trees on any number of threads.
        free: Features whose direction is not held even so.
    """

    trees: int
    leaves: int
    learning_rate: float
    least_claims: int
    ridge: float
    row_share: float
    column_share: float
    monotone: bool
    seed: int
    free: tuple[str, ...] = ()

    def lightgbm(
        self, names: tuple[str, ...], rows_per_claim: float
    ) -> dict[str, object]:
        """The same in LightGBM's words for a table with these columns."""
        return {
            "objective": "cross_entropy",
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": round(self.least_claims * rows_per_claim),
            "lambda_l2": self.ridge,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "feature_fraction": self.column_share,
            "monotone_constraints": (
                directions(names, self.free) if self.monotone else None
            ),
            "seed": self.seed,
            "deterministic": True,
            # By rows, sums of a leaf would depend on the number of threads.
            "force_col_wise": True,
            "verbosity": -1,
        }

    def directed(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of these columns that are held to a direction."""
        if not self.monotone:
            return ()
        held = zip(names, directions(names, self.free), strict=True)
        return tuple(name for name, direction in held if direction)


def directions(names: tuple[str, ...], free: tuple[str, ...] = ()) -> list[int]:
    """Monotone direction of each column.

    Args:
        names: Names of the columns; categories and the quarter have none.
        free: Those that are not held.
    """
    known = catalogue.features()
    without = {*categorical_features(), *free}
    return [
        known[n].direction
        if n in known and n not in without and known[n].enforced
        else 0
        for n in names
    ]
