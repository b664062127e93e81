"""Populations of composites, and of composites beside factors; a population file and a study of them."""

from sim.answers.likert import Scale
from sim.model import Model
from sim.population.record import Population

MODEL = Model.parse("A <~ a1 + a2 + a3\nB <~ b1 + b2\nY <~ y1 + y2 + y3\nY ~ A + B")
VALUES = {
    **{"A<~a1": 5.0, "A<~a2": 3.0, "A<~a3": 4.0, "a1~~a2": 0.4, "a1~~a3": 0.2, "B<~b1": 2.0, "B<~b2": -1.0},
    **{"b2~~b1": 0.3, "Y<~y1": 0.4, "Y<~y2": 0.5, "Y<~y3": 0.6, "y1~~y2": 0.1, "A~~B": 0.3, "Y~A": 0.5, "Y~B": 0.3},
}
MIXED = Model.parse("A =~ a1 + a2 + a3\nB <~ b1 + b2\nC <~ c1\nY =~ y1 + y2 + y3\nY ~ A + B + C")
MIXED_VALUES = {
    **{"A=~a1": 0.8, "A=~a2": 0.7, "A=~a3": 0.6, "B<~b1": 1.0, "B<~b2": 2.0, "b1~~b2": 0.3, "C<~c1": 1.0},
    **{"Y=~y1": 0.8, "Y=~y2": 0.7, "Y=~y3": 0.9, "A~~B": 0.3, "A~~C": 0.2, "B~~C": -0.1},
    **{"Y~A": 0.4, "Y~B": 0.3, "Y~C": 0.2, "a1~~a2": 0.05},
}


def composite_population(scale: Scale | None = None, **changes: float) -> Population:
    return Population.of(MODEL, VALUES | changes, scale, "three")


def mixed_population(scale: Scale | None = None) -> Population:
    return Population.of(MIXED, MIXED_VALUES, scale, "mixed")


FILE = """
model = '''
A <~ a1 + a2 + a3
B <~ b1 + b2
Y <~ y1 + y2 + y3
Y ~ A + B
'''
[scale]
shares = [0.2, 0.3, 0.3, 0.2]
[values]
"A<~a1" = 0.5
"A<~a2" = 0.3
"A<~a3" = 0.4
"A~~B" = 0.3
"Y~A" = 0.5
"Y~B" = 0.3
[factors.others]
sets = "weight"
levels = [1.0]
[factors.within]
sets = "item_correlation"
levels = { low = 0.2, high = 0.5 }
[factors.one]
sets = "item_correlation b1~~b2"
levels = [0.6, 0.0]
"""
STUDY = """
name = "own"
[aims]
title = "T"
question = "Q?"
[data]
population = "own.toml"
n = [60]
replications = 4
seed = 1
[estimands]
targets = ["Y~A", "A<~a1", "A=~a1"]
[methods.{name}]
"""
