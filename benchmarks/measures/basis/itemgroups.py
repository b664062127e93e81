"""Groups of items by their true loadings: what a rule should keep and what it should drop."""

from dataclasses import dataclass
from typing import Literal

from sim.batch import Bools, Floats

#: Keys of the groups in stored results.
TRUE, STRONG, WEAK, NULL = "true_items", "strong_items", "weak_items", "null_items"
STRONG_AFTER_CUT, STRONG_AS_PLS = "strong_after_cut", "strong_as_pls"
#: Which loadings a group is judged by: the population's before the cut, those that the cut leaves, and those that PLS
#: finds for infinitely many answers.
Scale = Literal["before", "after", "pls"]


@dataclass(frozen=True)
class ItemGroup:
    """Items by the size of their true loading: its key, its label in results, and a phrase that explains it.

    scale: which loadings it is judged by.
    """

    key: str
    label: str
    meaning: str
    scale: Scale = "before"

    def members(self, loadings: Floats, true_loading: float) -> Bools:
        """Which items (p,) belong to the group, by their loadings on its scale (p,); one without a loading to none."""
        strong, related = loadings >= true_loading, abs(loadings) > 0
        of: dict[str, Bools] = {TRUE: related, WEAK: related & ~strong, NULL: loadings == 0}
        return of.get(self.key, strong)


def groups(true_loading: float) -> tuple[ItemGroup, ...]:
    """The groups of a study that counts items as strong from the true loading given."""
    edge = f"{true_loading:.2f}" if round(true_loading, 2) == true_loading else f"{true_loading:g}"
    return (
        ItemGroup(TRUE, "true items", "items that do measure their construct (true loading not 0)"),
        ItemGroup(STRONG, f"true items >= {edge}", f"items whose true loading is {edge} or more"),
        ItemGroup(WEAK, f"weak items < {edge}", f"items that measure their construct with a true loading under {edge}"),
        ItemGroup(
            STRONG_AFTER_CUT,
            f"items >= {edge} after the cut",
            f"items whose true loading is {edge} or more after the cut into categories",
            "after",
        ),
        ItemGroup(
            STRONG_AS_PLS,
            f"items >= {edge} by PLS",
            f"items whose loading PLS puts at {edge} or more for infinitely many answers",
            "pls",
        ),
        ItemGroup(NULL, "null items", "items that measure nothing (true loading 0)"),
    )
