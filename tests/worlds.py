"""One small population for every mechanism: what `Mechanism.examples` are of, with five categories or uncut answers."""

import numpy as np

from sim.answers.likert import Scale
from sim.batch import Floats
from sim.drawing.draw import draw_block
from sim.implied import simulated
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.streams import Address, content_key

MODEL = Model.parse("F =~ x1 + x2 + x3\nH =~ z1 + z2 + z3\nG =~ y1 + y2 + y3\nG ~ F + H")
VALUES = {
    **{f"F=~{item}": loading for item, loading in zip(("x1", "x2", "x3"), (0.8, 0.7, 0.7), strict=True)},
    **{f"H=~{item}": loading for item, loading in zip(("z1", "z2", "z3"), (0.75, 0.8, 0.65), strict=True)},
    **{f"G=~{item}": loading for item, loading in zip(("y1", "y2", "y3"), (0.8, 0.8, 0.7), strict=True)},
    "G~F": 0.4,
    "G~H": 0.2,
    "F~~H": 0.3,
}
#: Respondents of a data set, and data sets.
SIZE, SETS = 500, 60
ADDRESS = Address(11, content_key({"sections": 1}))


def example(cut: bool) -> Population:
    """The population with five categories, or with uncut answers."""
    return Population.of(MODEL, VALUES, Scale.from_shares((0.1, 0.2, 0.4, 0.2, 0.1), 9) if cut else None)


def assert_draws_follow_the_law(population: Population) -> None:
    """Means and covariances of 60 data sets are those stated, and as many answers are missing as is stated.

    Within 6 standard errors of the means over data sets (t with 59 degrees of freedom: 1e-7 for each of 63 numbers);
    a simulated law has the error of its own respondents beside.
    """
    drawn = draw_block(population, SIZE, ADDRESS, 0, SETS)
    answers = np.asarray(drawn.answers, dtype=np.float64)
    stated = implied(population).likert_moments
    if population.missing.given:
        gone = np.isnan(answers) if population.scale.is_continuous else answers == 0
        kept = np.diag(population.missing.answered_together(MODEL.items))
        _close(population, gone.astype(float), 1 - kept)
        answers = np.where(gone, np.nan, answers)
    if population.missing.completely_at_random:
        deviations = answers - stated.means[0]
        i, k = np.triu_indices(9)
        _close(population, deviations, np.zeros(9))
        _close(population, deviations[..., i] * deviations[..., k], stated.covariances[0][i, k])


def _close(population: Population, values: Floats, expected: Floats) -> None:
    """The mean over data sets of the values (R, n, k) is the expected one (k,)."""
    of_sets = np.nanmean(values, axis=1)
    square = of_sets.var(axis=0, ddof=1) / len(of_sets)
    if implied(population).simulated:
        square = square + np.nanvar(values, axis=(0, 1)) / simulated.RESPONDENTS
    away = np.abs(of_sets.mean(axis=0) - expected)
    assert (away <= 6 * np.sqrt(square) + 1e-12).all(), (
        population.words,
        float((away / np.sqrt(square + 1e-24)).max()),
    )
