"""A population of three constructs whose responses have each of many distributions."""

from dataclasses import replace
from functools import cache

from sim.answers.likert import Scale
from sim.model import Model
from sim.population.record import Population
from sim.solving.shares import keeping_shares
from sim.structures.distribution import Distribution

FIVE = (0.07, 0.17, 0.30, 0.30, 0.16)
MODEL = Model.parse("F =~ x1 + x2 + x3\nH =~ z1 + z2\nG =~ y1 + y2 + y3\nG ~ F + H")
LOADINGS = {"F=~x1": 0.8, "F=~x2": 0.7, "F=~x3": 0.6, "H=~z1": 0.8, "H=~z2": 0.7}
LOADINGS |= {"G=~y1": 0.9, "G=~y2": 0.75, "G=~y3": 0.5}
CONTINUOUS = Population.of(MODEL, LOADINGS | {"G~F": 0.4, "G~H": 0.3, "F~~H": 0.3, "x1~~y1": 0.1})
LIKERT = replace(CONTINUOUS, scale=Scale.from_shares(FIVE, 8))
P = 8
WORLDS = {
    "within sample": Distribution(standardised="within sample"),
    "chi-square constructs": Distribution(constructs="chi-square", df=3),
    "exogenous t, errors within": Distribution(exogenous="t", errors="t", df=12, standardised="within sample"),
    "lognormal errors": Distribution(errors="lognormal", sigma=0.4),
    "exponential and uniform": Distribution(exogenous="exponential", disturbances="uniform"),
    "Vale-Maurelli": Distribution(items="vale-maurelli", skewness=0.75, kurtosis=1.5),
    "Vale-Maurelli, falling in places": Distribution(items="vale-maurelli", skewness=1.75, kurtosis=3.75),
    "Vale-Maurelli, flat": Distribution(items="vale-maurelli", kurtosis=-1.0),
    "independent generators": Distribution(items="independent generator", skewness=0.75, kurtosis=1.5),
    "normal copula": Distribution(items="copula", marginal="chi-square", df=3),
    "t copula": Distribution(items="copula", copula="t", copula_df=5, marginal="exponential"),
    "t copula of normals": Distribution(items="copula", copula="t", copula_df=3, marginal="normal"),
    "uniform items": Distribution(items="copula", copula="gaussian", marginal="uniform"),
    "lognormal items": Distribution(items="copula", marginal="lognormal", sigma=0.3),
    "heavy items": Distribution(items="copula", marginal="t", df=10),
}


@cache
def world(name: str, scale: str = "Likert") -> Population:
    """The population with a world's distribution, its categories' shares kept."""
    return of(WORLDS[name], LIKERT if scale == "Likert" else CONTINUOUS)


def of(distribution: Distribution, population: Population = LIKERT) -> Population:
    """The population with this distribution, its categories' shares kept."""
    return keeping_shares(replace(population, distribution=distribution), population.model.items)
