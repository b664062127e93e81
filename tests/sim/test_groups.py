"""Groups of respondents analysed together: moments, truth, draws, studies and refusals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.portraits.portrait import portrait
from benchmarks.study import study
from estimators.catalogue import ESTIMATORS
from reports.show import tables as show_tables
from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.implied.implied import implied
from sim.implied.marginals import answer_loadings, marginals
from sim.model import Model
from sim.population.record import Population, pooled
from sim.streams import Address
from sim.structures.distribution import Distribution
from sim.structures.generate import scores, sources
from sim.structures.groups import Group, Groups
from tests.bad_input import Refused, assert_says, changed
from tests.draws import MANY, assert_a_draw_agrees
from tests.every_method import ANSWERED, assert_every_method_takes

HERE = Address(12, "7e" * 32)
MODEL = Model.parse("X =~ x1 + x2\nZ =~ z1 + z2\nY =~ y1 + y2 + y3\nY ~ X + Z")
COMMON = {t.name: 0.75 for t in MODEL.targets if t.kind == "loading"} | {"Y~X": 0.5, "Y~Z": 0.2, "X~~Z": 0.3}
OWN: dict[str, dict[str, float]] = {
    "steady": {},
    "turned": {"Y~X": -0.3, "X~~Z": 0.0, "Y=~y1": 0.4, "x1~~x2": 0.1},
    "bent": {"Y~X:Z": 0.3, "X=~x1": 0.9},
}
SHARES = {"steady": 0.5, "turned": 0.3, "bent": 0.2}
CUT = Scale(((-1.0, 0.0, 1.2),) * 4 + ((-0.8, 0.4),) * 3)
WAYS, AS_MEANT = Responses(("y2",), 0.1, 0.05, careless=0.05), Responses()


def together(sizes: str = "random", scale: Scale = CUT, responses: Responses = AS_MEANT) -> Population:
    """Three groups as one population."""
    parts = {name: Population.of(MODEL, COMMON | own, scale) for name, own in OWN.items()}
    members = [Group(name, SHARES[name], replace(part, responses=responses)) for name, part in parts.items()]
    return pooled(members, sizes)


POOLED, UNCUT = together(), together(scale=Scale())
PARTS = [group.population for group in POOLED.groups.members]


# --- values ---


def test_moments_are_means_over_groups_by_the_law_of_total_covariance() -> None:
    shares = list(SHARES.values())
    own = [implied(part).likert_moments.means[0] for part in PARTS]
    within = [implied(part).likert_moments.covariances[0] for part in PARTS]
    means = sum(share * mean for share, mean in zip(shares, own, strict=True))
    second = [c + np.outer(mean, mean) for c, mean in zip(within, own, strict=True)]
    covariance = sum(s * each for s, each in zip(shares, second, strict=True)) - np.outer(means, means)
    assert_allclose(implied(POOLED).likert_moments.means[0], means, rtol=0, atol=1e-13)
    assert_allclose(implied(POOLED).likert_moments.covariances[0], covariance, rtol=0, atol=1e-13)
    before = sum(share * part.structure.covariance for share, part in zip(shares, PARTS, strict=True))
    assert_allclose(POOLED.structure.covariance, before, rtol=0, atol=1e-15)
    assert_allclose(np.diag(POOLED.structure.covariance), 1.0, rtol=0, atol=1e-15)


def test_truth_is_that_of_regressions_over_all_respondents() -> None:
    # Correlations are means: X~~Z .3, 0, .3; X~~Y and Z~~Y follow from each group's paths.
    xz = 0.5 * 0.3 + 0.2 * 0.3
    xy = 0.5 * (0.5 + 0.3 * 0.2) + 0.3 * -0.3 + 0.2 * (0.5 + 0.3 * 0.2)
    zy = 0.5 * (0.2 + 0.3 * 0.5) + 0.3 * 0.2 + 0.2 * (0.2 + 0.3 * 0.5)
    b = np.linalg.solve([[1, xz], [xz, 1]], [xy, zy])
    names = ["X~~Z", "X~~Y", "Z~~Y", "Y~X", "Y~Z", "r2(Y)", "Y=~y1", "X=~x1"]
    truth = POOLED.truth([MODEL.target(name) for name in names])
    expected = [xz, xy, zy, *b, b @ [xy, zy], 0.7 * 0.75 + 0.3 * 0.4, 0.8 * 0.75 + 0.2 * 0.9]
    assert_allclose(truth, expected, rtol=0, atol=1e-14)


def test_a_consistent_method_gives_the_pooled_truth_where_groups_share_their_loadings() -> None:
    # The structure is saturated, so the mean of the groups' covariance matrices is one of the model.
    parts = [Population.of(MODEL, COMMON | own) for own in ({}, {"Y~X": -0.3, "X~~Z": 0.0})]
    both = pooled([Group("a", 0.4, parts[0]), Group("b", 0.6, parts[1])])
    wanted = [MODEL.target(name) for name in ("Y~X", "Y~Z", "r2(Y)", "X~~Z", "Y=~y1")]
    method = ESTIMATORS["ml"].estimator().without_inference()
    limit = method.fit(Batch.of_moments(both.moments), MODEL, wanted).value[0]
    assert_allclose(limit, both.truth(wanted), rtol=0, atol=1e-6)


def test_equal_groups_are_one_population() -> None:
    one = Population.of(MODEL, COMMON, CUT)
    both = pooled([Group("a", 0.3, one), Group("b", 0.7, one)])
    assert_allclose(
        implied(both).likert_moments.covariances, implied(one).likert_moments.covariances, rtol=0, atol=1e-14
    )
    # Two normals of one correlation are that normal: the nearest correlation is found to 1e-12 or so.
    assert_allclose(implied(both).polychoric_moments.covariances, one.structure.covariance[None], rtol=0, atol=1e-8)
    assert_allclose(both.truth(MODEL.targets), one.truth(MODEL.targets), rtol=0, atol=1e-14)
    assert_allclose(answer_loadings(both), answer_loadings(one), rtol=0, atol=1e-14)
    assert np.array_equal(draw_block(both, 20, HERE, 0, 3).raw, draw_block(one, 20, HERE, 0, 3).raw)
    assert both.content != one.content


def test_marginals_of_continuous_answers_have_the_mean_shape() -> None:
    bent = marginals(UNCUT.groups.members[2].population)[4]
    of_all = marginals(UNCUT)[4]
    assert_allclose([of_all.skewness, of_all.kurtosis], [0.2 * bent.skewness, 0.2 * bent.kurtosis], atol=1e-15)
    assert bent.kurtosis > 0.1


# --- draws ---


WORLDS = {
    "answered in many ways": together(responses=WAYS),
    "continuous, fixed sizes": together("fixed", Scale(), Responses(("y2",), common_method=0.1)),
}


@pytest.mark.acceptance
@pytest.mark.parametrize("population", WORLDS.values(), ids=WORLDS)
def test_a_very_large_draw_has_the_stated_moments(population: Population) -> None:
    assert_a_draw_agrees(population, MANY, 31)


def test_loadings_after_the_cut_are_correlations_over_all_respondents() -> None:
    n, total = 200_000, []
    for share, part in zip(SHARES.values(), PARTS, strict=True):
        rng = np.random.Generator(np.random.SFC64(9))
        size, recipe = int(share * n), implied(part).recipe
        own = scores(recipe, sources(recipe, size, rng))
        answers = draw(part, size, 1, np.random.Generator(np.random.SFC64(9)))[0].astype(float)
        total.append(np.hstack([answers, own[:, MODEL.block_of]]))
    rows = np.concatenate(total)
    observed = [np.corrcoef(rows[:, i], rows[:, 7 + i])[0, 1] for i in range(7)]
    assert_allclose(observed, answer_loadings(POOLED), rtol=0, atol=4 / np.sqrt(n))


def test_sizes_are_random_by_share_or_fixed() -> None:
    rng = np.random.default_rng(2)
    by_share = Groups(POOLED.groups.members)
    counts = np.bincount(by_share.membership(100_000, rng), minlength=3) / 100_000
    assert_allclose(counts, list(SHARES.values()), rtol=0, atol=4 * 0.5 / np.sqrt(100_000))
    fixed = Groups(POOLED.groups.members, "fixed")
    assert np.bincount(fixed.membership(10, rng)).tolist() == [5, 3, 2]
    # 3.5, 2.1, 1.4: the largest remainder is that of the first.
    assert np.bincount(fixed.membership(7, rng)).tolist() == [4, 2, 1]
    assert np.bincount(fixed.membership(1, rng), minlength=3).tolist() == [1, 0, 0]
    assert not np.array_equal(fixed.membership(50, rng), fixed.membership(50, rng))


@pytest.mark.parametrize("population", [POOLED, together(responses=WAYS)], ids=["plain", "in many ways"])
def test_first_replications_do_not_depend_on_how_many_are_drawn(population: Population) -> None:
    whole = draw_block(population, 15, HERE, 0, 7)
    assert np.array_equal(draw_block(population, 15, HERE, 0, 2).raw, whole.raw[:2])
    rows = draw(population, 15, 7, np.random.default_rng(4))
    assert np.array_equal(draw(population, 15, 2, np.random.default_rng(4)), rows[:2])


# --- studies ---

FILE = """
model = '''
X =~ x1 + x2 + x3
Z =~ z1 + z2 + z3
Y =~ y1 + y2 + y3
Y ~ X + Z
'''
[scale]
shares = [0.1, 0.2, 0.4, 0.2, 0.1]
[values]
"X~~Z" = 0.2
"Y~X" = 0.4
"Y~Z" = 0.3
[groups.small]
share = 0.6
[groups.large]
share = 0.4
values = { "Y~X" = -0.2, "Z~~X" = 0.4, "Y~X:Z" = 0.2 }
[factors.loading]
sets = "loading"
levels = [0.8]
[factors.who]
sets = "grouping.only"
levels = { all = "", small = "small", large = "large" }
"""
STUDY = """
name = "kinds"
[aims]
title = "Two kinds of firms"
question = "Does every method take them?"
[data]
population = "mine.toml"
n = [150]
replications = 2
seed = 5
[estimands]
targets = ["Y~X", "r2(Y)"]
"""


def test_every_method_and_screening_take_groups_beside_ways_of_answering(tmp_path: Path) -> None:
    assert_every_method_takes(tmp_path, FILE + ANSWERED + "[model_error]\nrmsea = 0.03\n", STUDY)


def test_a_factor_makes_every_group_a_cell_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    chosen = '[data.factors]\nwho = ["all", "small", "large"]\n[estimands]'
    (tmp_path / "kinds.toml").write_text(changed(STUDY, ("[estimands]", chosen)) + "[methods.sumscores]\n")
    cells = study.load(str(tmp_path / "kinds.toml")).cells
    truths = [float(cell.population.truth([cell.population.model.target("Y~X")])[0]) for cell in cells]
    assert truths[1:] == [0.4, -0.2]
    assert truths[2] < truths[0] < truths[1]
    assert len({cell.key for cell in cells}) == 3
    of_groups = FILE[FILE.index("[groups.small]") : FILE.index("[factors.loading]")]
    (tmp_path / "plain.toml").write_text(FILE.replace(of_groups, "").split("[factors.who]")[0])
    plain = catalogue.population(str(tmp_path / "plain.toml"))
    assert cells[1].population.content == plain.content


def test_show_lists_what_differs_between_groups(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    shown = portrait(str(tmp_path / "mine.toml"))
    (table,) = [table for table in show_tables.tables(shown) if table.name == "groups"]
    rows = {row[0]: row[1:] for row in table.rows}
    assert [column.header for column in table.columns] == ["Value", "all together", "small", "large"]
    assert rows["share"] == (None, 0.6, 0.4)
    assert rows["Y~X"][1:] == (0.4, -0.2)
    assert_allclose(rows["X~~Z"][0], 0.28, rtol=0, atol=1e-15)
    assert rows["Y~X:Z"] == (None, 0.0, 0.2)
    assert "X=~x1" not in rows
    assert "2 groups (small 0.6, large 0.4; Y~X 0.4 in small, -0.2 in large; sizes random)" in shown.population.words


BAD: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "shares of more than all": ([("share = 0.6", "share = 0.7")], ["small = 0.7 and large = 0.4 sum to 1.1"]),
    "a negative share": (
        [("share = 0.6", "share = 1.2"), ("share = 0.4", "share = -0.2")],
        ["give positive shares that sum to 1"],
    ),
    "a share missing": ([("share = 0.6", "")], ["groups.small.share", "is missing"]),
    "an unknown key": ([("share = 0.6", "share = 0.6\nsize = 3")], ["groups.small.size", "no such key"]),
    "a group alone": (
        [("[groups.small]\nshare = 0.6\n", ""), ("share = 0.4", "share = 1.0"), ('small = "small", ', "")],
        ["large = 1 alone", "two groups or more"],
    ),
    "an unknown parameter": ([('"Y~X" = -0.2', '"Y~W" = -0.2')], ["group large", "Y~W", "'W'"]),
    "a group that cannot be": ([('"Y~X" = -0.2', '"Y~X" = 1.2')], ["group large", "give R2 ="]),
    "an unknown group": ([('small = "small"', 'small = "smal"'), ('all = "", ', "")], ["grouping.only", "'smal'"]),
    "unknown sizes": ([("[factors.loading]", '[grouping]\nsizes = "equal"\n[factors.loading]')], ["grouping.sizes"]),
}


@pytest.mark.parametrize("case", BAD)
def test_groups_that_cannot_be_are_told_with_their_place(case: str, refused_population: Refused) -> None:
    changes, parts = BAD[case]
    assert_says(refused_population(changed(FILE, *changes)), ["mine.toml", *parts])


def test_grouping_without_groups_and_groups_of_published_tables_are_refused(refused_population: Refused) -> None:
    assert_says(
        refused_population('base = "crm-clusters"\n[grouping]\nsizes = "fixed"\n'),
        ["[grouping] is about groups, and there are none"],
    )
    assert_says(
        refused_population('base = "crm-clusters"\n[groups.a]\nshare = 0.5\n[groups.b]\nshare = 0.5\n'),
        ["groups: a population solved from [published] has none"],
    )


def test_groups_are_refused_beside_what_they_do_not_go_with(
    refused_population: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Responses, "within_groups", False)
    assert_says(refused_population(FILE + ANSWERED), ["groups do not go with [responses]; leave one of the two out"])


def test_groups_may_have_composites_each_with_weights_of_its_own() -> None:
    model = Model.parse("X <~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nY ~ X")
    alike = {"x1~~x2": 0.4, "x1~~x3": 0.3, "x2~~x3": 0.2, "*=~*": 0.8}
    weights = {"X<~x1": 1.0, "X<~x2": 2.0, "X<~x3": 3.0}
    first = Population.of(model, {**alike, **weights, "Y~X": 0.5})
    names = [model.target(name) for name in ("Y~X", "r2(Y)", "X<~x1", "X<~x3", "X=~x2", "Y=~y1")]
    for own in (weights, {"X<~x1": 3.0, "X<~x2": 1.0, "X<~x3": 0.5}):
        second = Population.of(model, {**alike, **own, "Y~X": 0.1})
        both = pooled([Group("a", 0.5, first), Group("b", 0.5, second)], "fixed")
        assert_allclose(both.truth(names[:2]), [0.3, 0.09], atol=1e-12)
        assert_allclose(both.structure.covariance, (first.structure.covariance + second.structure.covariance) / 2)
        drawn = draw_block(both, 40_000, Address(5, "e1" * 32), 0, 1)
        for place, part in enumerate((first, second)):
            rows = drawn.raw[0][drawn.members[0] == place]
            # A correlation of 20,000 respondents has a standard error of 0.007 at the most.
            assert_allclose(np.corrcoef(rows.T), part.structure.covariance, atol=0.03)
    both = pooled([Group("a", 0.5, first), Group("b", 0.5, replace(first, paths=0.2 * first.paths))], "fixed")
    assert_allclose(both.truth(names[2:]), first.truth(names[2:]), atol=1e-12)


def test_groups_are_standardised_within_the_whole_sample() -> None:
    # All groups have the same sources, so these are standardised over all n respondents, whoever they are.
    parts = [
        replace(Population.of(MODEL, COMMON | own), distribution=Distribution(standardised="within sample"))
        for own in ({}, {"Y~X": -0.3})
    ]
    both = pooled([Group("a", 0.4, parts[0]), Group("b", 0.6, parts[1])])
    rows = draw(both, 40, 3, np.random.default_rng(3))
    alone = draw(parts[0], 40, 3, np.random.default_rng(3))
    # X and its items are alike in both groups.
    assert np.array_equal(rows[:, :, :2], alone[:, :, :2])
    assert not np.array_equal(rows[:, :, 4:], alone[:, :, 4:])


def test_groups_with_other_distributions_have_the_mean_of_their_laws() -> None:
    skewed = Distribution(errors="exponential")
    parts = [replace(Population.of(MODEL, COMMON | own), distribution=skewed) for own in ({}, {"Y=~y1": 0.4})]
    both = pooled([Group("a", 0.4, parts[0]), Group("b", 0.6, parts[1])])
    shapes = [marginals(part)[4].skewness for part in parts]
    assert_allclose(marginals(both)[4].skewness, 0.4 * shapes[0] + 0.6 * shapes[1], rtol=0, atol=1e-15)
