"""Groups of items by their true loadings: what a rule should keep and what it should drop."""

from dataclasses import dataclass

from sim.batch import Bools, Floats

#: Keys of the groups in stored results.
TRUE, STRONG, NULL = "true_items", "strong_items", "null_items"


@dataclass(frozen=True)
class ItemGroup:
    """Items by the size of their true loading: its key, its label in results, and a phrase that explains it."""

    key: str
    label: str
    meaning: str

    def members(self, loadings: Floats, true_loading: float) -> Bools:
        """Which items (p,) belong to the group, by their true loadings (p,); an item without one to no group."""
        of: dict[str, Bools] = {TRUE: abs(loadings) > 0, STRONG: loadings >= true_loading, NULL: loadings == 0}
        return of[self.key]


def groups(true_loading: float) -> tuple[ItemGroup, ...]:
    """The groups of a study that counts items as strong from the true loading given."""
    edge = f"{true_loading:.2f}" if round(true_loading, 2) == true_loading else f"{true_loading:g}"
    return (
        ItemGroup(TRUE, "true items", "items that do measure their construct (true loading not 0)"),
        ItemGroup(STRONG, f"true items >= {edge}", f"items whose true loading is {edge} or more"),
        ItemGroup(NULL, "null items", "items that measure nothing (true loading 0)"),
    )
