"""Published figures beside the study's own: the z of each difference, and which lie beyond the tolerance.

A figure is the mean over R published replications of something whose variance is v, or behaves like one; the own figure
over M replications has the Monte Carlo standard error m = sqrt(v / M). Their difference then has the standard error
sqrt(v/R + v/M) = m sqrt(1 + M/R). For a share, v = p (1 - p) with p pooled over both, so that no share of 0 or 1 passes
for one without error. Where the published figure's own error is known, e, from its spread or as printed, it stands in
place of what the own replications say of it: sqrt(e^2 + m^2). A printed figure is rounded: only what exceeds half a
unit of its last digit counts.

The tolerance is 2.6 standard errors for one comparison. For k comparisons it is the value that keeps the same
probability that none lies beyond: each then has 1 - (1 - a)^(1/k), a = P(|Z| > 2.6) (Sidak 1967; where normal
differences depend on each other the probability is no larger). Exact figures, limits without sampling, may differ by
1e-6, by the rounding of what was printed where that is more, or by what the study file allows limits that were
simulated.

A figure that the study has no counterpart of is not compared, and says why. A comparison is loose where so much is
tolerated that almost any figure would pass: estimates with long tails have large Monte Carlo errors, and so have few
replications. The tolerated distance is then half the published figure or more (of what is positive by nature, such as a
standard deviation), a quarter or more (of a share), half the true value and more than the estimates' own standard
deviation divided by four (of a mean); or the estimates' kurtosis, which their standard deviation's error tells, is
beyond that of t with 4.2 degrees of freedom.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from benchmarks.measures.catalogue import find
from benchmarks.schema import PUBLISHED, names
from benchmarks.study.cells.cell import Cell
from benchmarks.study.form.publishedfile import EXACT, FIT, OF_METHOD, PublishedFigure, figures, is_share
from benchmarks.study.study import Study
from sim.tables.reading.printed import half_unit

#: Standard errors of the difference that one comparison may take.
ONE = 2.6
#: What `compare` tells of each figure, beside its cell, before it judges it.
_JUDGED = ("tolerance", "beyond", "error", "why_not", "loose")
_TOLD = [name for name in names(PUBLISHED) if name not in ("cell", *_JUDGED)]
#: Beyond this kurtosis the Monte Carlo error of a spread is itself hardly known: t with 4.2 degrees of freedom has 33.
LONGEST_TAILS = 33.0


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

    Columns: the cell and its levels, then those of `schema.PUBLISHED`. Own figures are NaN where the study has none;
    `why_not` then says why.
    """
    section = study.file.published
    printed = list(figures(section)) if section else []
    stored = measures.set_index(["cell", "method", "target", "measure", "over"])[["value", "mcse", "n_used", "truth"]]
    known = {key: tuple(row) for key, row in zip(stored.index, stored.itertuples(index=False), strict=True)}
    rows = [_row(study, figure, cell, known) for figure in printed if (cell := _cell(study, figure)) is not None]
    table = pd.DataFrame(rows, columns=["cell", *study.cells[0].levels, *_TOLD, "error", "why_not"])
    sampled = table["z"].notna()
    table["tolerance"] = np.where(sampled, tolerance(int(sampled.sum())), np.nan)
    exact = table["measure"].isin(EXACT)
    far = np.where(exact, table["difference"].abs() > table["exactly"], table["z"].abs() > table["tolerance"])
    table["beyond"] = far.astype(bool)
    table["loose"] = [_is_loose(row, known) for row in table.to_dict("records")]
    return table[["cell", *study.cells[0].levels, *_TOLD, *_JUDGED]]


def _is_loose(row: Mapping[Any, Any], known: "Known") -> bool:
    """Whether a comparison tolerates so much that almost any figure would pass."""
    if not np.isfinite(row["z"]):
        return False
    tolerated = row["tolerance"] * row["error"] + half_unit(row["decimals"])
    if is_share(row["measure"]):
        return bool(tolerated >= 0.25)
    spread = known.get((row["cell"], row["method"], row["target"], "empirical_se", row["over"]))
    if spread is not None and _kurtosis(*spread[:3]) > LONGEST_TAILS:
        return True
    measure = find(row["measure"])
    if row["measure"] != "mean" and measure is not None and not measure.signed:
        return bool(tolerated >= 0.5 * abs(row["published"]))
    truth = abs(spread[3]) if spread is not None else np.nan
    return bool(spread is not None and tolerated >= 0.5 * truth > 0 and tolerated > spread[0] / 4)


def _kurtosis(spread: float, mcse: float, replications: float) -> float:
    """Kurtosis of the estimates, 3 for normal ones, from their standard deviation's error: (k - 1)/4n = (mcse/s)^2."""
    return 1 + 4 * replications * (mcse / spread) ** 2 if spread > 0 else np.nan


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
#: Stored value, MCSE, replications used and truth.
Known = Mapping[Key, tuple[float, ...]]


def _row(study: Study, figure: PublishedFigure, cell: Cell, known: Known) -> dict[str, object]:
    own, mcse, used = _own(figure, cell, known)
    difference, z, error = own - figure.printed.value, np.nan, np.nan
    if figure.measure not in EXACT and np.isfinite(own):
        error = _error(figure, own, mcse, used)
        z = z_of(difference, figure.printed.half, error) if np.isfinite(error) else np.nan
    compared = np.isfinite(own) if figure.measure in EXACT else not np.isnan(z)
    return {
        "cell": cell.number,
        **{factor: str(level) for factor, level in cell.levels.items()},
        "n": 0 if figure.n is None else cell.n,
        "method": figure.method,
        "target": figure.target or FIT,
        "measure": figure.measure,
        "over": figure.over,
        "source": figure.source,
        "published": figure.printed.value,
        "decimals": figure.printed.decimals,
        "published_replications": figure.replications,
        "own": own,
        "mcse": mcse,
        "own_replications": used,
        "difference": difference,
        "z": z,
        "exactly": figure.exactly if figure.measure in EXACT else np.nan,
        "error": error,
        "why_not": "" if compared else _why_not(study, figure, own),
    }


def _error(figure: PublishedFigure, own: float, mcse: float, used: int) -> float:
    """Standard error of the difference; NaN where it is not known."""
    if figure.mcse is not None:
        return float(np.hypot(figure.mcse, mcse))
    if is_share(figure.measure):
        return error_of_shares(own, used, figure.printed.value, figure.replications)
    return error_of_difference(mcse, used, figure.replications)


def _why_not(study: Study, figure: PublishedFigure, own: float) -> str:
    """Why a figure has nothing to be set beside, in words."""
    if np.isfinite(own):
        return "the own figure's Monte Carlo error is not known"
    method = next(method for method in study.methods if method.name == figure.method)
    estimated = {target.name for target in study.estimated(method)} | set(study.file.performance.pool)
    if figure.target and figure.target not in estimated:
        return "the model that the method fits lacks it"
    measure = find(figure.measure)
    return f"{figure.measure} needs {measure.needs}" if measure else f"the run gives no {figure.measure}"


#: Under which measures a printed one may be stored: the first that is there. A rate of rejection is called power where
#: the truth is not 0, type I error where it is, and has its own name where there is no truth, as of chi-square.
_STORED_AS: Mapping[str, tuple[str, ...]] = {
    "mean": ("bias", "mean"),
    "failure_rate": ("convergence_rate",),
    "power": ("power", "type_1_error", "rejection_rate"),
    "type_1_error": ("type_1_error", "power", "rejection_rate"),
    "rejection_rate": ("rejection_rate", "power", "type_1_error"),
}


def _own(figure: PublishedFigure, cell: Cell, known: Known) -> tuple[float, float, int]:
    """The study's own figure, its Monte Carlo standard error and its replications; NaN where it has none."""
    names = _STORED_AS.get(figure.measure, (figure.measure,))
    over = "population" if figure.measure in EXACT else "all" if figure.measure in OF_METHOD else figure.over
    rows = {name: known.get((cell.number, figure.method, figure.target, name, over)) for name in names}
    there = {name: row for name, row in rows.items() if row is not None}
    if figure.measure == "mean" and "bias" in there and np.isnan(there["bias"][3]):  # of a pool, which has no one truth
        del there["bias"]
    if not there:
        return np.nan, np.nan, 0
    first, (value, mcse, used, truth) = next(iter(there.items()))
    if first == "bias" and figure.measure == "mean":
        value += truth
    if figure.measure == "failure_rate":
        value = 1 - value
    return float(value), float(mcse), int(used)
