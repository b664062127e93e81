"""Loadings solved for what the answers are to have after the cut."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim import catalogue
from sim.implied.marginals import after_cut
from tests.bad_input import Refused, assert_says

MODEL = """
model = '''
F =~ x1 + x2 + x3 + x4
G =~ y1 + y2 + y3
G ~ F
'''
[values]
"G~F" = 0.4
"""
SKEWED = "[scale]\ncategories = 5\nskewness = -0.8\n"
WANTED = '[after_cut]\n"alpha(F)" = 0.8\n"F=~x1" = 0.55\n"ave(G)" = 0.5\n'
CARELESS = "[responses]\ncareless = 0.05\nstraightlining = 0.1\nacquiescence = 0.05\nreversed = ['x2']\n"


def made(tmp_path, text, **levels):
    (tmp_path / "mine.toml").write_text(MODEL + text)
    return catalogue.population(str(tmp_path / "mine.toml"), levels)


def reached(population, *names):
    return after_cut(population, tuple(population.model.target(name) for name in names))


@pytest.mark.parametrize("text", [SKEWED, "", SKEWED + CARELESS.replace("reversed = ['x2']\n", "")])
def test_what_is_wanted_after_the_cut_comes_out(tmp_path, text):
    population = made(tmp_path, WANTED + text)
    assert_allclose(reached(population, "alpha(F)", "F=~x1", "ave(G)"), (0.8, 0.55, 0.5), atol=1e-9)
    # One loading for all that nothing else gives.
    assert len(set(population.loadings[1:4])) == len(set(population.loadings[4:])) == 1


def test_without_a_cut_the_loading_wanted_is_the_true_one(tmp_path):
    population = made(tmp_path, '[after_cut]\n"F=~x1" = 0.55\n"rho_c(G)" = 0.8\n"ave(F)" = 0.5\n')
    assert population.loadings[0] == pytest.approx(0.55, abs=1e-12)
    assert_allclose(population.truth([population.model.target("rho_c(G)")]), 0.8, atol=1e-10)
    assert np.mean(population.loadings[:4] ** 2) == pytest.approx(0.5, abs=1e-10)


def test_factors_set_what_is_wanted(tmp_path):
    factor = '[factors.alpha]\nsets = "after_cut.alpha(F)"\nlevels = [0.8, 0.7]\n'
    for level in (0.8, 0.7):
        population = made(tmp_path, WANTED + SKEWED + factor, alpha=level)
        assert reached(population, "alpha(F)")[0] == pytest.approx(level, abs=1e-9)


CASES = {
    "out of reach": ('[after_cut]\n"alpha(F)" = 0.8\n"ave(G)" = 0.98\n', ["after_cut.ave(G) = 0.98", "out of reach"]),
    "no item": ('[after_cut]\n"F=~y1" = 0.8\n', ["F=~y1", "'y1' is not known"]),
    "a path": ('[after_cut]\n"G~F" = 0.4\n', ["after_cut.G~F", "F=~x, or alpha(F), rho_c(F), ave(F)"]),
    "a loading that is given": (
        '"F=~x1" = 0.7\n[after_cut]\n"F=~x1" = 0.8\n',
        ["after_cut.F=~x1", "[values] or a factor gives this loading"],
    ),
    "two of one construct": (
        '[after_cut]\n"alpha(F)" = 0.8\n"ave(F)" = 0.6\n',
        ["after_cut.ave(F)", "after_cut.alpha(F)", "leave one"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_solved_is_told(case: str, refused_population: Refused) -> None:
    text, parts = CASES[case]
    assert_says(refused_population(MODEL + text + SKEWED), ["mine.toml", *parts])
