"""Published figures beside the study's own: the z of each difference, and which lie beyond the tolerance.

A figure is the mean over R published replications of something whose variance is v, or behaves like one; the own figure
over M replications has the Monte Carlo standard error m = sqrt(v / M). Their difference then has the standard error
sqrt(v/R + v/M) = m sqrt(1 + M/R). For a share, v = p (1 - p) with p pooled over both, so that no share of 0 or 1 passes
for one without error. A printed figure is rounded: only what exceeds half a unit of its last digit counts.

The tolerance is 2.6 standard errors for one comparison. For k comparisons it is the value that keeps the same
probability that none lies beyond: each then has 1 - (1 - a)^(1/k), a = P(|Z| > 2.6) (Sidak 1967; where normal
differences depend on each other the probability is no larger). Exact figures, limits without sampling, may differ by
1e-6, by the rounding of what was printed where that is more, or by what the study file allows limits that were
simulated.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from benchmarks.schema import PUBLISHED, names
from benchmarks.study.cell import Cell
from benchmarks.study.publishedfile import EXACT, FIT, OF_METHOD, SHARES, PublishedFigure, figures
from benchmarks.study.study import Study

#: Standard errors of the difference that one comparison may take.
ONE = 2.6
#: What `compare` tells of each figure, beside its cell, before it judges it.
_TOLD = [name for name in names(PUBLISHED) if name not in ("cell", "tolerance", "beyond")]


def tolerance(comparisons: int) -> float:
    """Standard errors that each of so many comparisons may take, so that chance exceeds none as often as one 2.6."""
    alone = 2 * ndtr(-ONE)
    each = -np.expm1(np.log1p(-alone) / comparisons) if comparisons else alone
    return float(-ndtri(each / 2))


def z_of(difference: float, half_unit: float, error: float) -> float:
    """The difference beyond rounding in standard errors, with its sign; 0 where rounding explains it."""
    beyond = max(abs(difference) - half_unit, 0.0)
    if not beyond:
        return 0.0
    return float(np.copysign(beyond / error if error else np.inf, difference))


def error_of_difference(mcse: float, own_replications: int, published_replications: int) -> float:
    """sqrt(v/R + v/M) from the own Monte Carlo standard error sqrt(v/M)."""
    return float(mcse * np.sqrt(1 + own_replications / published_replications))


def error_of_shares(own: float, own_replications: int, published: float, published_replications: int) -> float:
    """sqrt(v/R + v/M) of two shares, v = p (1 - p) of both together."""
    both = own_replications + published_replications
    p = (own * own_replications + published * published_replications) / both
    return float(np.sqrt(p * (1 - p) * (1 / own_replications + 1 / published_replications)))


def compare(study: Study, measures: pd.DataFrame) -> pd.DataFrame:
    """One row for each published figure of a cell that was run, in the order of the study file.

    Columns: the cell and its levels, n (0 for an exact figure), method, target, measure, over, source; published,
    decimals, published_replications; own, mcse, own_replications, difference (own - published); z, tolerance (of z, for
    all sampled figures together), exactly (how far an exact figure may differ), beyond. Own figures are NaN where the
    study has none.
    """
    section = study.file.published
    printed = list(figures(section)) if section else []
    stored = measures.set_index(["cell", "method", "target", "measure", "over"])[["value", "mcse", "n_used", "truth"]]
    known = {key: tuple(row) for key, row in zip(stored.index, stored.itertuples(index=False), strict=True)}
    rows = [_row(figure, cell, known) for figure in printed if (cell := _cell(study, figure)) is not None]
    table = pd.DataFrame(rows, columns=["cell", *study.cells[0].levels, *_TOLD])
    sampled = table["z"].notna()
    table["tolerance"] = np.where(sampled, tolerance(int(sampled.sum())), np.nan)
    exact = table["measure"].isin(EXACT)
    far = np.where(exact, table["difference"].abs() > table["exactly"], table["z"].abs() > table["tolerance"])
    table["beyond"] = far.astype(bool)
    return table


def _cell(study: Study, figure: PublishedFigure) -> Cell | None:
    """The cell a figure is of: its n and levels, or the first of that population for an exact one; None if not run."""
    first = study.cells[0].levels
    for cell in study.cells:
        if all(cell.levels[factor] == figure.levels.get(factor, first[factor]) for factor in first) and (
            figure.n in (None, cell.n)
        ):
            return cell
    return None


Key = tuple[int, str, str, str, str]


def _row(figure: PublishedFigure, cell: Cell, known: Mapping[Key, tuple[float, ...]]) -> dict[str, object]:
    own, mcse, used = _own(figure, cell, known)
    difference, z = own - figure.value, np.nan
    if figure.measure not in EXACT and np.isfinite(own):
        if figure.measure in SHARES:
            error = error_of_shares(own, used, figure.value, figure.replications)
        else:
            error = error_of_difference(mcse, used, figure.replications)
        z = z_of(difference, figure.half_unit, error)
    return {
        "cell": cell.number,
        **{factor: str(level) for factor, level in cell.levels.items()},
        "n": 0 if figure.n is None else cell.n,
        "method": figure.method,
        "target": figure.target or FIT,
        "measure": figure.measure,
        "over": figure.over,
        "source": figure.source,
        "published": figure.value,
        "decimals": figure.decimals,
        "published_replications": figure.replications,
        "own": own,
        "mcse": mcse,
        "own_replications": used,
        "difference": difference,
        "z": z,
        "exactly": figure.exactly if figure.measure in EXACT else np.nan,
    }


def _own(figure: PublishedFigure, cell: Cell, known: Mapping[Key, tuple[float, ...]]) -> tuple[float, float, int]:
    """The study's own figure, its Monte Carlo standard error and its replications; NaN where it has none."""
    measure = {"mean": "bias", "failure_rate": "convergence_rate"}.get(figure.measure, figure.measure)
    over = "population" if measure in EXACT else "all" if measure in OF_METHOD else figure.over
    found = known.get((cell.number, figure.method, figure.target, measure, over))
    if found is None:
        return np.nan, np.nan, 0
    value, mcse, used, truth = found
    if figure.measure == "mean":
        value += truth
    if figure.measure == "failure_rate":
        value = 1 - value
    return float(value), float(mcse), int(used)
