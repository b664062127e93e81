"""What is printed of one outcome: a path, a correlation or nothing of each predictor, and R2."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from sim.batch import Bools, Floats
from sim.tables.reading.printed import Printed


@dataclass(frozen=True)
class Outcome:
    """The printed paths and correlations of an outcome with its q predictors, None where nothing is printed; and R2."""

    name: str
    paths: tuple[Printed | None, ...]
    correlations: tuple[Printed | None, ...]
    r2: Printed | None

    @property
    def free(self) -> Bools:
        """The predictors of which neither is printed (q,)."""
        return np.array([p is None and r is None for p, r in zip(self.paths, self.correlations, strict=True)])

    def fixed_misses(self, b: Floats, r: Floats) -> Floats:
        """By how much paths b (or else correlations r) among scores miss what is printed of them."""
        found = []
        for path, correlation, x, y in zip(self.paths, self.correlations, b, r, strict=True):
            if path is not None:
                found.append(x - path.value)
            elif correlation is not None:
                found.append(y - correlation.value)
        return np.array(found)

    @property
    def fixed_start(self) -> list[float]:
        """Where the search for the paths that are not free begins: as printed, or at half the printed correlation."""
        found = []
        for path, correlation in zip(self.paths, self.correlations, strict=True):
            if path is not None:
                found.append(path.value)
            elif correlation is not None:
                found.append(0.5 * correlation.value)
        return found

    def score_paths(self, c: Floats) -> Floats:
        """Paths among scores (q,), none of them free; c (q, q) are the predictors' correlations.

        Where more is printed than determines them, the nearest to it all: every miss in half units, large ones most.
        """
        by_path = np.array([p is not None for p in self.paths])
        b = np.array([0.0 if p is None else p.value for p in self.paths])
        if not by_path.all():
            r = np.array([0.0 if x is None else x.value for x in self.correlations])[~by_path]
            b[~by_path] = np.linalg.solve(c[np.ix_(~by_path, ~by_path)], r - c[np.ix_(~by_path, by_path)] @ b[by_path])
        if len(self._misses(b, c)) <= len(b):
            return b

        def steep(x: Floats) -> Floats:
            return np.asarray(self._misses(x, c) ** 3)

        return np.asarray(least_squares(steep, b, xtol=1e-14, ftol=1e-14, gtol=1e-14).x)

    def _misses(self, b: Floats, c: Floats) -> Floats:
        """The miss of everything printed, in half units."""
        found = [p.miss(value) for p, value in zip(self.paths, b, strict=True) if p is not None]
        found += [p.miss(value) for p, value in zip(self.correlations, c @ b, strict=True) if p is not None]
        return np.array(found + ([self.r2.miss(float(b @ c @ b))] if self.r2 is not None else []))


def stick_breaking(shares: Sequence[float | None]) -> Floats:
    """Directions (f,) that sum to 1: each takes its share of what those before it leave, the last one all of it.

    None is the share at which all that are left get the same.
    """
    left, found = 1.0, []
    for place, share in enumerate(shares):
        last = place == len(shares) - 1
        taken = left * (1.0 if last else 1.0 / (len(shares) - place) if share is None else share)
        found.append(taken)
        left -= taken
    return np.array(found)
