"""Two results folders read, matched and compared."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.contrast.compare import Side, compared
from reports.contrast.matching import chosen, matched
from reports.contrast.words import Contrast
from reports.results import Results, read
from sim.errors import InputError


def contrast(first: Path, second: Path, cells: Sequence[str] = (), level: float = 0.05) -> Contrast:
    """What differs beyond chance between two results folders.

    cells: pairs as `1:3`; those of the same n and levels where none is given. level: the probability that anything is
    called different where nothing is, all comparisons together. Raises InputError for folders that cannot be read, have
    no method in common, or no cells that belong together.
    """
    if not 0 < level < 1:
        raise InputError(f"--level is {level:g}; give a probability between 0 and 1, such as 0.05")
    a, b = read(first), read(second)
    if not set(a.study.methods) & set(b.study.methods):
        told = "; ".join(f"{each.study.name} has {', '.join(each.study.methods)}" for each in (a, b))
        raise InputError(f"the two studies have no method in common ({told}); methods are matched by their names")
    pairs = chosen(a, b, cells) if cells else matched(a, b)
    rows = compared(_side(first, a), _side(second, b), pairs, level)
    return Contrast(a, b, pairs, rows, level)


def _side(folder: Path, results: Results) -> Side:
    study = results.study
    return Side(folder, study.replications, study.alpha, results.truths, frozenset(results.screened))
