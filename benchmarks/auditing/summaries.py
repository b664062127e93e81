"""What a table tells of its data set, as numbers that simulated data sets have too; and data sets that drop as it did.

Nothing printed tells the items of a block apart but their loadings, and the priors do not either. So a simulated data
set that drops as many items of every block as the paper did, whichever they are, stands for one that drops the paper's:
its items are put into the paper's places, dropped ones into those of dropped ones, and kept ones by the order of their
loadings where the paper prints them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import stdtrit

from benchmarks.auditing.procedure import Procedure, fitted, printed_targets
from estimators.solution import loading_targets
from sim.batch import Batch, Bools, Floats
from sim.tables.reading.table import Table
from sim.targets import Target


@dataclass(frozen=True)
class Looked:
    """R simulated data sets that are like the paper's in what they drop and say.

    rows (R,): their places among those looked at; places (R, p): which simulated item stands at each of the paper's
    places; summaries (R, s): what is printed; whole (R, w): what would have been printed without dropping.
    """

    rows: np.ndarray
    places: np.ndarray
    summaries: Floats
    whole: Floats


@dataclass(frozen=True)
class Summaries:
    """The printed numbers of a table that a search holds simulated ones against."""

    procedure: Procedure

    @property
    def table(self) -> Table:
        """The table."""
        return self.procedure.table

    @cached_property
    def printed(self) -> list[tuple[Target, float, float]]:
        """The targets with their printed numbers."""
        return printed_targets(self.table)

    @cached_property
    def _blocks(self) -> list[tuple[slice, list[int], list[int], str]]:
        """Of every block: its columns, the paper's kept and dropped places, and what is printed of its loadings."""
        found = []
        place = {item: i for i, item in enumerate(self.table.model.items)}
        for j, block in enumerate(self.table.reported.values()):
            kept = [place[item] for item in block.kept]
            if block.loadings:  # from low to high, as simulated ones are put
                kept.sort(key=lambda i: block.loadings[self.table.model.items[i]].value)
            dropped = [place[item] for item in block.dropped]
            low, high = self.table.model.bounds[j : j + 2]
            ends = "".join(("l" if block.lowest_loading else "", "h" if block.highest_loading else ""))
            found.append((slice(int(low), int(high)), kept, dropped, "all" if block.loadings else ends))
        return found

    @cached_property
    def observed(self) -> Floats:
        """The printed numbers (s,), in the order of `Looked.summaries`."""
        found = [value for _, value, _ in self.printed]
        for block in self.table.reported.values():
            if block.loadings:
                values = np.array([each.value for each in block.loadings.values()])
                found += [float(values.min()), float(values.std())]
            else:
                found += [each.value for each in (block.lowest_loading, block.highest_loading) if each]
        return np.array([*found, *(t for _, t in self._tests)])

    @cached_property
    def rounding(self) -> Floats:
        """The SD that rounding adds to each (s,)."""
        halves = [half for _, _, half in self.printed]
        for block in self.table.reported.values():
            ends = list(block.loadings.values())[:2] or [b for b in (block.lowest_loading, block.highest_loading) if b]
            halves += [each.half for each in ends]
            halves += [halves[-1]] if len(block.loadings) == 1 else []
        return np.asarray(np.array([*halves, *(0.0 for _ in self._tests)]) / np.sqrt(3))

    @cached_property
    def _tests(self) -> list[tuple[int, float]]:
        """Paths without a printed estimate of which |t| is known, from t or an exact p-value."""
        found, paper = [], self.procedure.paper
        for place, path in enumerate(self.table.model.paths):
            if path in self.table.paths:
                continue
            p = paper.p.get(path)
            if path in paper.t:
                found.append((place, abs(paper.t[path].value)))
            elif p is not None and p.lower > 0 and p.upper < 1:
                middle = (p.lower + p.upper) / 2 / paper.tails
                found.append((place, abs(float(stdtrit(max((self.table.n or 100) - 2, 1), middle)))))
        return found

    def targets(self) -> tuple[Target, ...]:
        """What is asked of every simulated data set: the printed targets, all loadings, what quick tests need."""
        return (
            *(target for target, _, _ in self.printed),
            *loading_targets(self.table.model),
            *self.procedure.quick_targets(),
        )

    def look(self, batch: Batch) -> Looked:
        """The data sets that drop as many items of each block and say of paths what the paper says."""
        procedure, model = self.procedure, self.table.model
        assert self.table.n is not None
        fit = fitted(procedure.values_only, batch, self.table, self.targets())
        counts = procedure.dropped_counts(fit.retained)
        wanted = np.array([len(block.dropped) for block in self.table.reported.values()])
        like = (counts == wanted).all(axis=1) & ~fit.fatal
        s, p = len(self.printed), len(model.items)
        t = procedure.quick_t(fit.value[:, s + p :], self.table.n)
        like &= self._says_the_same(fit.value[:, s + p :], t)
        rows = np.flatnonzero(like)
        loadings, retained = fit.value[rows, s : s + p], fit.retained[rows]
        extra, places = self._of_loadings(loadings, retained)
        tests = [np.abs(t[rows, place])[:, None] for place, _ in self._tests]
        summaries = np.concatenate([fit.value[rows, :s], *extra, *tests], axis=1)
        known = np.isfinite(summaries).all(axis=1)
        whole = fitted(procedure.without_rule, batch, self.table, self.whole_targets()).value[rows]
        return Looked(rows[known], places[known], summaries[known], whole[known])

    def whole_targets(self) -> tuple[Target, ...]:
        """What is told of the fit on all items."""
        found: list[Target] = []
        for block in self.table.reported.values():
            kinds = ("alpha",) if self.table.method == "sum-scores" else ("alpha", "rho_c", "ave")
            found += [Target(kind, (block.construct,)) for kind in kinds if len(block.items) > 1]  # type: ignore[arg-type]
        found += [Target("r2", (outcome,)) for outcome in self.table.model.endogenous]
        return (*found, *self.procedure.paths)

    def _says_the_same(self, quick: Floats, t: Floats) -> Bools:
        """Whether which path is larger, and what is significant where nothing else is printed, is as the paper says."""
        paths, paper = list(self.table.model.paths), self.procedure.paper
        like = np.ones(len(quick), dtype=bool)
        for first, second in paper.larger:
            like &= quick[:, paths.index(first)] > np.abs(quick[:, paths.index(second)])
        called = self.procedure.quick_called(t, self.table.n or 100)
        exact = {place for place, _ in self._tests}
        for place, path in enumerate(paths):
            found = paper.found(path)
            if found is not None and path not in self.table.paths and place not in exact:
                like &= called[:, place] == found
        return like

    def _of_loadings(self, loadings: Floats, retained: Bools) -> tuple[list[Floats], np.ndarray]:
        """What is printed of loadings, and the places (R, p) that the simulated items take."""
        r = len(loadings)
        places, extra = np.empty(loadings.shape, dtype=np.int64), []
        for columns, kept, dropped, told in self._blocks:
            own, there = loadings[:, columns], retained[:, columns]
            key = np.where(there, np.nan_to_num(own, nan=-9.0) if told == "all" else 0.0, 99.0)
            order = np.argsort(key, axis=1, kind="stable") + columns.start  # kept ones first
            places[:, kept] = order[:, : len(kept)]
            places[:, dropped] = order[:, len(kept) :]
            sizes = np.take_along_axis(loadings, order[:, : len(kept)], axis=1)
            if told == "all":
                extra += [sizes.min(axis=1, keepdims=True), sizes.std(axis=1, keepdims=True)]
            else:
                extra += [sizes.min(axis=1, keepdims=True)] if "l" in told else []
                extra += [sizes.max(axis=1, keepdims=True)] if "h" in told else []
        return extra, places if r else np.empty((0, loadings.shape[1]), dtype=np.int64)
