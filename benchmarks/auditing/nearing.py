"""How near simulated tables come to a printed one, and populations brought near by local regression."""

from dataclasses import replace

import numpy as np

from benchmarks.auditing.summaries import Summaries
from sim.batch import Floats
from sim.drawing.many import ManyPopulations
from sim.tables.reading.table import Table

#: Summaries are held within so many SDs of their mean, where a regression must not be led astray.
_FAR = 4.0
_RIDGE = 1e-3


def functionals(many: ManyPopulations, table: Table) -> tuple[list[str], Floats]:
    """What the table might tell of a population: names, and numbers (N, f)."""
    items = table.model.items
    names: list[str] = []
    found: list[Floats] = []
    for construct, block in table.reported.items():
        for what, chosen in (("kept", block.kept), ("dropped", block.dropped)):
            if chosen:
                names.append(f"loadings of {what} items of {construct}")
                found.append(many.loadings[:, [items.index(item) for item in chosen]].mean(axis=1))
    place = {construct: j for j, construct in enumerate(table.model.constructs)}
    for outcome, predictor in table.model.paths:
        names.append(f"path {outcome}~{predictor}")
        found.append(many.paths[:, place[outcome], place[predictor]])
    for i, a in enumerate(table.model.exogenous):
        for b in table.model.exogenous[i + 1 :]:
            names.append(f"correlation {a}~~{b}")
            found.append(many.correlations[:, place[a], place[b]])
    if many.thresholds.shape[1]:
        for j, construct in enumerate(table.model.constructs):
            first = int(table.model.bounds[j])
            names.append(f"answers to {construct}")
            found.append(many.thresholds[:, :, first].mean(axis=1))
    return names, np.column_stack(found)


def distances_of(
    summaries: Summaries, many: ManyPopulations, seen: Floats, weight: Floats
) -> tuple[Floats, Floats, float]:
    """What regression makes of the summaries of each simulated table (N, f) and of the printed one (f,).

    In SDs of the functionals, so that one of which the summaries tell nothing makes no distance. The third: how
    unusual the printed one is among the simulated, by Mahalanobis distance.
    """
    rng = np.random.default_rng(0)
    rounded = seen + summaries.rounding * rng.uniform(-1, 1, seen.shape) * np.sqrt(3)
    middle = weight @ rounded
    sd = np.sqrt(weight @ (rounded - middle) ** 2).clip(1e-9)
    scaled, here = (rounded - middle) / sd, (summaries.observed - middle) / sd
    values, vectors = np.linalg.eigh((scaled * weight[:, None]).T @ scaled)
    large = values > 1e-6 * values.max()
    turned = vectors[:, large] / np.sqrt(values[large])
    distance, own = ((scaled @ turned) ** 2).sum(axis=1), float(((here @ turned) ** 2).sum())
    unusual = float(weight @ (distance >= own))
    _, wanted = functionals(many, summaries.table)

    def features(z: Floats) -> Floats:
        z = np.clip(z @ turned, -_FAR, _FAR)
        return np.concatenate([np.ones((len(z), 1)), z, z**2], axis=1)

    design = features(scaled)
    weighted = design * weight[:, None]
    root = weighted.T @ design + _RIDGE * np.eye(design.shape[1]) / len(design)
    fit = np.linalg.solve(root, weighted.T @ wanted)
    return (
        design @ fit / wanted.std(axis=0).clip(1e-9),
        (features(here[None]) @ fit / wanted.std(axis=0).clip(1e-9))[0],
        unusual,
    )


def brought_near(
    many: ManyPopulations, near: Floats, here: Floats, kernel: Floats, whole: Floats
) -> tuple[ManyPopulations, Floats]:
    """The populations, and what their data sets print without dropping, with the distance left taken out.

    Loadings and correlations are moved on Fisher's z scale. One that would then be no population stays where it is.
    """
    spread = near.std(axis=0)
    told = spread > 1e-6
    z = (near - here)[:, told] / spread[told]
    design = np.concatenate([np.ones((len(z), 1)), z], axis=1)

    def taken_out(values: Floats, some: np.ndarray | None = None) -> Floats:
        own = kernel if some is None else kernel * some
        effective = own.sum() ** 2 / max(float((own**2).sum()), 1e-300)
        if effective < 3 * design.shape[1]:
            return values
        own = own / own.sum()
        weighted = design * own[:, None]
        root = weighted.T @ design + 1e-4 * np.diag([0.0] + [1.0] * z.shape[1])
        moved = values - z @ np.linalg.solve(root, weighted.T @ values)[1:]
        middle = own @ moved
        # what the regression's own parameters take from the spread, and their uncertainty, are put back
        parts = design.shape[1] / effective
        return np.asarray(middle + (moved - middle) * np.sqrt((1 + parts) / (1 - parts)))

    loadings = np.tanh(taken_out(np.arctanh(many.loadings.clip(-0.995, 0.995))))
    paths, correlations = many.paths.copy(), many.correlations.copy()
    for j, k in np.argwhere(many.model.path_matrix).tolist():
        there = np.asarray(many.paths[:, j, k], dtype=bool)  # a path that is 0 stays so
        paths[:, j, k] = np.where(there, taken_out(many.paths[:, j, k, None], there)[:, 0], 0.0)
    outside = [many.model.constructs.index(c) for c in many.model.exogenous]
    for i, a in enumerate(outside):
        for b in outside[i + 1 :]:
            moved = np.tanh(taken_out(np.arctanh(correlations[:, a, b, None].clip(-0.995, 0.995))))[:, 0]
            correlations[:, a, b] = correlations[:, b, a] = moved
    tried = replace(many, loadings=loadings.clip(-0.99, 0.99), paths=paths, correlations=correlations)
    fine = tried.exists
    back = {
        name: np.where(
            fine.reshape(-1, *[1] * (getattr(many, name).ndim - 1)), getattr(tried, name), getattr(many, name)
        )
        for name in ("loadings", "paths", "correlations")
    }
    known = np.asarray(np.isfinite(whole).all(axis=1))
    filled = np.where(known[:, None], whole, 0.0)
    return replace(many, **back), np.where(known[:, None], taken_out(filled, known), np.nan)
