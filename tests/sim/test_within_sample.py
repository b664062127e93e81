"""Sources standardised within each sample, against the standard deviations that Kock (2019) published."""

from dataclasses import replace

import numpy as np
import pytest

from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from sim.batch import Batch, Floats
from sim.drawing.draw import draw
from sim.model import Model
from sim.population.record import Population
from sim.structures.distribution import Distribution

LOADINGS = {
    "CO": [1.0],
    "EU": [0.8] * 5,
    "GT": [0.6, 0.6, 0.7, 0.7, 0.8],
    "AC": [0.5, 0.6, 0.6, 0.7, 0.7],
    "SU": [0.55, 0.60, 0.65, 0.70, 0.75],
}
PATHS = {
    "EU~CO": 0.418, "GT~CO": 0.515, "AC~CO": 0.288, "SU~CO": 0.0, "SU~EU": 0.157, "SU~GT": 0.542, "SU~AC": 0.254,
}  # fmt: skip
#: Bias and SD over 1,000 samples of n = 100, in the order of PATHS (Kock 2019, Information Systems Journal 29(3)).
PUBLISHED = {
    "sum scores": (
        [-0.0214, -0.0554, -0.0402, 0.0848, -0.0295, -0.1427, -0.0619],
        [0.0764, 0.0699, 0.0912, 0.1089, 0.0888, 0.0836, 0.0859],
    ),
    "PLS": (
        [-0.0145, -0.0462, -0.0174, 0.0688, -0.0238, -0.1258, -0.0434],
        [0.0749, 0.0695, 0.0879, 0.1103, 0.0898, 0.0844, 0.0881],
    ),
}
METHODS = {"sum scores": SumScores(), "PLS": PLS(scheme="path")}
THEIRS, OURS = 1000, 4000


def population(distribution: Distribution) -> Population:
    """Kock's population: continuous answers, exogenous CO measured by itself."""
    blocks = {c: [f"{c.lower()}{k}" for k in range(1, len(own) + 1)] for c, own in LOADINGS.items()}
    measured = "\n".join(f"{c} =~ {' + '.join(items)}" for c, items in blocks.items())
    model = Model.parse(measured + "\nEU ~ CO\nGT ~ CO\nAC ~ CO\nSU ~ CO + EU + GT + AC")
    values = {f"{c}=~{item}": own for c, items in blocks.items() for item, own in zip(items, LOADINGS[c], strict=True)}
    return replace(Population.of(model, values | PATHS), distribution=distribution)


def compared(distribution: Distribution, method: str) -> tuple[Floats, Floats]:
    """z of our mean and of our SD against the published ones: SDs have standard errors of SD / sqrt(2 R)."""
    whole = population(distribution)
    batch = Batch.of(draw(whole, 100, OURS, np.random.default_rng(1)))
    targets = [whole.model.target(name) for name in PATHS]
    values = METHODS[method].fit(batch, whole.model, targets).value
    bias, deviation = map(np.array, PUBLISHED[method])
    # Four decimals are printed: half a unit is 0.00005.
    means = np.nanmean(values, axis=0) - list(PATHS.values()) - bias
    spreads = np.nanstd(values, axis=0) - deviation
    error = deviation * np.sqrt(1 / THEIRS + 1 / OURS)
    return (np.abs(means) - 5e-5) / error, (np.abs(spreads) - 5e-5) / (error / np.sqrt(2))


@pytest.mark.acceptance
@pytest.mark.parametrize("method", METHODS)
def test_published_standard_deviations_come_out_when_sources_are_standardised_within_samples(method: str) -> None:
    means, spreads = compared(Distribution(standardised="within sample"), method)
    # Fourteen comparisons a method: |z| < 2.9 holds in 95 of 100 such sets.
    assert (means < 2.9).all()
    assert (spreads < 2.9).all()


@pytest.mark.acceptance
def test_plain_samples_vary_more_than_published() -> None:
    means, spreads = compared(Distribution(), "sum scores")
    assert (means < 2.9).all()
    assert (spreads[:2] > 3.5).all()
