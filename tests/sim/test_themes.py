"""The world of interviews: prevalences of every shape, draws, and truths against closed forms and enumeration."""

import itertools
import math

import numpy as np
import pytest

from sim import catalogue
from sim.errors import InputError
from sim.streams import BLOCK, Address
from sim.themes import prevalences
from sim.themes.population import OF_THE_DATA, THEMES, Interviews, ThemePopulation
from sim.worlds.interviews import InterviewWorld

NAME = "social-crm-interviews"
LEVELS = catalogue.factors(NAME)["prevalences"]
ADDRESS = Address(7, "ab" * 32)
PEOPLE = ("Ann", "Bob", "Cid")


def world(level: str) -> ThemePopulation:
    population = catalogue.theme_population(NAME, {"prevalences": level})
    assert isinstance(population, ThemePopulation)
    return population


def test_the_table_has_the_counts_of_the_source():
    table = world("27 as quoted").table
    assert table is not None
    assert table.told.shape == (7, 27)
    assert np.bincount(table.mentions).tolist() == [0, 11, 14, 2]
    assert dict(zip(table.respondents, table.told.sum(axis=1), strict=True)) == {
        "RTT": 7, "RMG": 7, "RUIB": 6, "RSpectra": 6, "RBT": 3, "RSteNour": 10, "RPromacoif": 6,
    }  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
def test_every_population_tells_as_many_themes_an_interview_as_the_table(level):
    population = world(level)
    assert population.prevalences.sum() == pytest.approx(45 / 7, rel=1e-9)
    assert int(level.split()[0]) == len(population.prevalences)
    assert np.all(np.diff(population.prevalences) <= 1e-15)


@pytest.mark.parametrize("level", [level for level in LEVELS if level.split()[1] in prevalences.SPREADS])
def test_shapes_with_a_spread_give_the_themes_of_the_table_too(level):
    assert prevalences.expected_found(world(level).prevalences, 7) == pytest.approx(27, rel=1e-9)


def test_no_population_of_fewer_than_36_themes_gives_what_the_table_has():
    """Of given mean, equal prevalences give the most themes (Jensen): 1 - (1 - p)^t is concave in p."""
    most = [prevalences.expected_found(prevalences.equal(s, 45 / 7), 7) for s in (35, 36, 37)]
    assert most[0] < 26.6
    assert most[1] == pytest.approx(26.916, abs=5e-4)
    assert most[2] > 27
    with pytest.raises(InputError, match=r"give at most 26\.92 themes in 7 interviews, if all are alike"):
        prevalences.matched("beta", 36, 45 / 7, 27, 7)


def test_shapes_are_what_they_say():
    geometric = prevalences.matched("geometric", 60, 45 / 7, 27, 7)
    assert np.allclose(geometric[1:] / geometric[:-1], geometric[1] / geometric[0])
    power = prevalences.matched("power", 40, 45 / 7, 27, 7)
    slopes = np.diff(np.log(power)) / np.diff(np.log(np.arange(1, 41)))
    assert np.allclose(slopes, slopes[0])
    stick = prevalences.broken_stick(5, 1.0)
    plain = [sum(1 / j for j in range(i, 6)) / 5 for i in range(1, 6)]
    assert np.allclose(stick, np.array(plain) / sum(plain))


def test_the_adjusted_population_has_the_estimated_coverage_and_the_estimated_themes():
    """Chao et al. 2014: 11 themes of one, 14 of two, 2 of three interviews; C and f0 by hand."""
    population = world("31 adjusted").prevalences
    deficit = 11 / 45 * (6 * 11) / (6 * 11 + 2 * 14)
    assert len(population) == 27 + math.ceil(6 / 7 * 11**2 / (2 * 14))
    groups = {
        value: int(count) for value, count in zip(*np.unique(population.round(12), return_counts=True), strict=True)
    }
    assert sorted(groups.values()) == [2, 4, 11, 14]
    unseen = next(value for value, count in groups.items() if count == 4)
    assert 4 * unseen == pytest.approx(deficit * 45 / 7)
    lowered = {mentions: next(v for v, c in groups.items() if c == count) for mentions, count in {1: 11, 2: 14}.items()}
    loss = [1 - lowered[y] / (y / 7) for y in (1, 2)]
    assert loss[0] / loss[1] == pytest.approx((6 / 5) ** 7)


def test_truths_are_those_of_every_possible_outcome():
    """Three themes and two interviews have 64 outcomes: every truth is their weighted sum."""
    p = np.array([0.9, 0.5, 0.2])
    population = ThemePopulation(p)
    names = ("themes(2)", "known", "coverage", "new")
    targets = [THEMES.target(name) for name in names]
    expected = np.zeros(4)
    for bits in itertools.product((0, 1), repeat=6):
        told = np.array(bits).reshape(1, 2, 3)
        chance = float(np.prod(np.where(told[0], p, 1 - p)))
        seen = told[0].any(axis=0)
        own = population.truth_of_data(told, targets)
        assert own["known"][0] == pytest.approx(seen.sum() / 3)
        assert own["coverage"][0] == pytest.approx(p[seen].sum() / p.sum())
        assert own["new"][0] == pytest.approx(p[~seen].sum())
        assert set(own) == set(OF_THE_DATA)
        expected += chance * np.array([seen.sum(), *(own[name][0] for name in names[1:])])
    assert np.allclose(population.truth(targets, 2), expected, rtol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_the_interviews_for_a_share_find_that_share(level):
    population = world(level)
    for share in (0.5, 0.8, 0.95):
        found = prevalences.expected_found(population.prevalences, population.interviews_for(share))
        assert found == pytest.approx(share * len(population.prevalences), rel=1e-7)


def test_draws_have_the_prevalences_and_expected_counts():
    """Bernoulli draws: every mean within 4 standard errors; found, once and twice against their closed forms."""
    population = world("40 beta")
    told = population.draw(7, 20_000, np.random.Generator(np.random.SFC64(5)))
    p = population.prevalences
    assert np.abs((told.mean(axis=(0, 1)) - p) / np.sqrt(p * (1 - p) / 140_000)).max() < 4
    mentions = told.sum(axis=1)
    for k in (0, 1, 2):
        chance = math.comb(7, k) * p**k * (1 - p) ** (7 - k)
        counts = (mentions == k).sum(axis=1)
        error = np.sqrt((chance * (1 - chance)).sum() / 20_000)
        assert abs(counts.mean() - chance.sum()) < 4 * error


def test_a_block_begins_with_the_draws_of_a_shorter_one():
    population = world("60 power")
    whole = InterviewWorld(population).draw_block(9, ADDRESS, 3)
    some = InterviewWorld(population).draw_block(9, ADDRESS, 3, 5)
    assert np.array_equal(whole.raw[:5], some.raw)
    assert whole.raw.shape == (BLOCK, 9, 60)
    assert whole.raw.dtype == np.int8
    assert whole.replications[0] == 3 * BLOCK


def test_a_table_counts_respondents_without_a_theme():
    table = Interviews.of({"trust": ["Ann"], "price": ["Cid", "Ann"]}, PEOPLE)
    assert table.told.tolist() == [[True, True], [False, False], [False, True]]
    assert table.mentions.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("themes", "words"),
    [
        ({"trust": ["Anne"]}, "respondent 'Anne' is not known; did you mean 'Ann'"),
        ({"trust": ["Ann", "Ann"]}, "names a respondent twice"),
        ({"trust": []}, "has no respondent"),
    ],
)
def test_a_wrong_table_is_refused_by_its_theme(themes, words):
    with pytest.raises(InputError, match=words) as refused:
        Interviews.of(themes, PEOPLE)
    assert "theme 'trust'" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PERF~ACRM", "no target of interviews; write themes, themes"),
        ("interviews", "no target of interviews"),
        ("interviews(2)", "a share of all themes between 0 and 1"),
        ("themes(0)", "a number of interviews"),
        ("known(3)", "no target of interviews"),
    ],
)
def test_other_targets_are_refused(name, words):
    with pytest.raises(InputError, match=words):
        THEMES.target(name)


def test_a_population_of_themes_is_no_population_with_constructs():
    with pytest.raises(InputError, match="one of themes that interviews tell"):
        catalogue.population(NAME)
    assert NAME not in catalogue.names()
    assert catalogue.theme_names() == (NAME,)


@pytest.mark.parametrize(
    ("themes", "words"),
    [
        ("shape = 'beta'\nnumber = 40", "needs incidences; give it, or a table of"),
        ("shape = 'equal'\nincidences = 3", "needs a number of themes"),
        ("shape = 'adjusted'", "is that of a table; give"),
        ("shape = 'equal'\nprevalences = [0.1]", "give either shape or prevalences"),
        ("shape = 'equall'", "themes.shape: 'equall' given"),
        ("prevalences = [0.0, 0.5]", r"themes.prevalences\[1\]: 0.0 given"),
        ("shape = 'equal'\nnumber = 5\nincidences = 6", "cannot give 6 an interview"),
        ("shape = 'beta'\nnumber = 40\nincidences = 6\nfound = 39\nat = 7", "give at most .* if all are alike"),
        ("shape = 'beta'\nnumber = 40\nincidences = 6\nfound = 7\nat = 7", "give at least"),
    ],
)
def test_a_file_that_describes_no_population_is_refused(themes, words, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f"[themes]\n{themes}\n")
    with pytest.raises(InputError, match=words):
        catalogue.theme_population(str(path))


def test_a_file_of_ones_own_gives_its_population(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[themes]\nprevalences = [0.2, 0.9]\n")
    population = catalogue.theme_population(str(path))
    assert isinstance(population, ThemePopulation)
    assert population.prevalences.tolist() == [0.9, 0.2]
    assert population.themes == ("theme 1", "theme 2")


@pytest.mark.acceptance
@pytest.mark.parametrize("level", LEVELS)
def test_a_million_interviews_match_the_stated_moments(level):
    """Bernoulli moments within 4 standard errors, over S tests each: 4.9 leaves the whole set a level of about 1e-4.

    The mean of p (1 - p) products of two themes is that of independent ones; found, coverage and new match their
    closed forms, found also its Poisson-binomial variance (standard error of a variance: normal approximation).
    """
    population, tables = world(level), 150_000
    p = population.prevalences
    told = population.draw(7, tables, np.random.Generator(np.random.SFC64(17)))
    interviews = told.reshape(-1, len(p))
    scale = np.sqrt(p * (1 - p) / len(interviews))
    assert np.abs((interviews.mean(axis=0) - p) / scale).max() < 4.9
    first = (interviews[:, 0] - p[0]) / np.sqrt(p[0] * (1 - p[0]))
    for j in range(1, len(p), 5):
        other = (interviews[:, j] - p[j]) / np.sqrt(p[j] * (1 - p[j]))
        assert abs((first * other).mean()) < 4.9 / np.sqrt(len(interviews))
    found = told.any(axis=1).sum(axis=1)
    chance = 1 - (1 - p) ** 7
    variance = float((chance * (1 - chance)).sum())
    assert abs(found.mean() - chance.sum()) < 4 * np.sqrt(variance / tables)
    assert abs(found.var() / variance - 1) < 4 * np.sqrt(2 / tables)
    names = ("known", "coverage", "new")
    targets = [THEMES.target(name) for name in names]
    own = population.truth_of_data(told, targets)
    for name, exact in zip(names, population.truth(targets, 7), strict=True):
        assert abs(own[name].mean() - exact) < 4 * own[name].std() / np.sqrt(tables)
