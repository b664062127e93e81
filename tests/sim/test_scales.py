"""Scales from shares, thresholds, skewness, means and SDs: what was asked comes out, for all items or each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sim import catalogue
from sim.answers.likert import MOST, Scale, cut_covariance, cut_variance, likert_moments
from sim.answers.scales import ItemScale, ScaleTable, scale_of, shares_of, thresholds_of_moments, thresholds_of_skewness
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import marginals
from tests.bad_input import TINY, Refused, assert_says, changed

MODEL = "model = '''\nF =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F\n'''\n"
LOADINGS = "".join(f'"{loading}" = 0.8\n' for loading in ("F=~x1", "F=~x2", "F=~x3", "G=~y1", "G=~y2", "G=~y3"))
MINE = MODEL + "[values]\n" + LOADINGS + '"G~F" = 0.4\n'


def moments_of(cuts, lowest=1):
    """Mean, SD and skewness of the answers, from their shares."""
    shares = np.asarray(shares_of(cuts))
    answers = lowest + np.arange(len(shares))
    mean = shares @ answers
    sd = np.sqrt(shares @ (answers - mean) ** 2)
    return mean, sd, shares @ (answers - mean) ** 3 / sd**3


@given(categories=st.integers(2, MOST), place=st.floats(0.05, 0.95), share=st.floats(0.05, 0.9))
def test_means_and_sds_come_out(categories, place, share):
    mean = 1 + place * (categories - 1)
    part = mean - np.floor(mean)
    least, most = np.sqrt(part * (1 - part)), np.sqrt((mean - 1) * (categories - mean))
    sd = least + share * (most - least)
    if most - least < 1e-6:  # two categories: the mean fixes the SD
        with pytest.raises(InputError, match="SD"):
            thresholds_of_moments(mean, most * 1.01, categories)
        return
    cuts = thresholds_of_moments(mean, sd, categories)
    assert_allclose(moments_of(cuts)[:2], (mean, sd), rtol=1e-9)
    # One normal variable rounded: thresholds at equal distances.
    assert_allclose(np.diff(cuts), np.full(categories - 2, np.mean(np.diff(cuts))), rtol=1e-6)


def test_a_slider_is_counted_from_zero():
    cuts = thresholds_of_moments(62.0, 23.0, 101, lowest=0)
    assert_allclose(moments_of(cuts, 0)[:2], (62.0, 23.0), rtol=1e-10)
    made = scale_of(ScaleTable(slider=100, mean=62.0, sd=23.0), ["x"])
    assert made.thresholds == (cuts,)


@given(categories=st.integers(2, MOST), skewness=st.floats(-2.4, 2.4))
def test_skewness_comes_out(categories, skewness):
    cuts = thresholds_of_skewness(skewness, categories)
    # A root to 1e-14 in the shift, times how fast the skewness rises with it: at most some tens.
    assert moments_of(cuts)[2] == pytest.approx(skewness, abs=1e-11)


def test_even_thresholds_part_minus_2_5_to_2_5():
    assert thresholds_of_skewness(0.0, 5) == (-1.5, -0.5, 0.5, 1.5)
    assert scale_of(ScaleTable(categories=5), ["a", "b"]) == Scale(((-1.5, -0.5, 0.5, 1.5),) * 2)


def test_nothing_given_is_no_cut():
    assert scale_of(ScaleTable(), ["x"]).is_continuous


def test_items_differ_from_the_others_in_what_they_say():
    own = {"b": ItemScale(categories=7), "c": ItemScale(skewness=-1.0), "d": ItemScale(shares=[0.2, 0.8])}
    made = scale_of(ScaleTable(categories=5, items=own), ["a", "b", "c", "d"])
    assert made.categories == (5, 7, 5, 2)
    assert moments_of(made.thresholds[2])[2] == pytest.approx(-1.0, abs=1e-11)


@pytest.mark.parametrize("rho", [-0.95, -0.4, 0.0, 0.3, 0.8, 0.94])
def test_the_series_of_a_slider_is_the_sum_of_its_rectangles(rho):
    cuts = np.array([thresholds_of_moments(62.0, 23.0, 101, 0), thresholds_of_skewness(-1.0, 101)])
    both = likert_moments(np.array([[1.0, rho], [rho, 1.0]]), cuts).covariances[0]
    rectangles = cut_covariance(cuts[:1], cuts[1:], np.array([rho]))[0]
    # 10,000 rectangles of bivariate probabilities, each good to about 1e-15.
    assert both[0, 1] == pytest.approx(rectangles, abs=1e-11 * np.sqrt(cut_variance(cuts).prod()))


def test_a_slider_beyond_the_series_is_summed_as_rectangles():
    cuts = np.array([thresholds_of_skewness(0.0, 40)] * 2)
    for rho in (0.99, 1.0):
        found = likert_moments(np.array([[1.0, rho], [rho, 1.0]]), cuts).covariances[0]
        assert found[0, 1] == cut_covariance(cuts[:1], cuts[1:], np.array([rho]))[0]
    mixed = np.array([[1.0, 0.99, 0.3], [0.99, 1.0, 0.3], [0.3, 0.3, 1.0]])
    both = likert_moments(mixed, np.vstack([cuts, cuts[:1]])).covariances[0]
    assert both[0, 1] == cut_covariance(cuts[:1], cuts[1:], np.array([0.99]))[0]
    assert both[0, 2] == pytest.approx(cut_covariance(cuts[:1], cuts[1:], np.array([0.3]))[0], rel=1e-11)
    assert found[0, 1] == pytest.approx(found[0, 0], rel=1e-12)


def test_a_file_says_the_scale_and_factors_set_it(tmp_path):
    text = "[scale]\ncategories = 5\nitems = { y3 = { categories = 5, mean = 3.9, sd = 0.9 } }\n"
    text += '[factors.points]\nsets = "scale.categories"\nlevels = [5, 2, 11]\n'
    text += '[factors.lean]\nsets = "scale.skewness"\nlevels = [0, -1.5]\n'
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace("[values]", text + "[values]"))
    assert [catalogue.population(str(path), {"points": k}).scale.categories[0] for k in (5, 2, 11)] == [5, 2, 11]
    leaning = marginals(catalogue.population(str(path), {"lean": -1.5, "points": 11}))
    assert leaning[0].skewness == pytest.approx(-1.5, abs=1e-10)


def test_answers_on_a_slider_are_drawn_with_its_moments(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE + "[scale]\nslider = 100\nmean = 70\nsd = 20\n")
    population = catalogue.population(str(path))
    answers = draw(population, 500, 100, np.random.Generator(np.random.SFC64(3)))
    assert answers.dtype == np.int8
    assert (answers.min(), answers.max()) == (1, 101)
    pooled = answers.reshape(-1, 6).astype(float)
    # The SE of a mean of 50,000 is 20 / sqrt(50,000), and that of an SD sqrt((kurtosis - 1) / 4) < 1 times it.
    assert np.abs(pooled.mean(axis=0) - 71.0).max() < 4 * 20 / np.sqrt(len(pooled))
    assert np.abs(pooled.std(axis=0) - 20.0).max() < 4 * 20 / np.sqrt(len(pooled))
    exact = implied(population).likert_moments
    assert_allclose(exact.means[0], 71.0, rtol=1e-10)


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "scale",
    [
        "categories = 2\nskewness = 1.5\n",
        "categories = 11\nmean = 7.3\nsd = 2.1\n",
        "categories = 5\nitems = { x1 = { categories = 3 }, x2 = { shares = [0.6, 0.4] }, y1 = { skewness = -1.2 } }\n",
        "slider = 100\nmean = 62\nsd = 23\n",
    ],
    ids=["two", "eleven", "mixed", "slider"],
)
def test_a_million_respondents_have_the_stated_moments(scale: str, tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE + "[scale]\n" + scale)
    population = catalogue.population(str(path))
    pooled = draw(population, 1000, 1000, np.random.Generator(np.random.SFC64(8))).reshape(-1, 6).astype(float)
    exact = implied(population).likert_moments
    deviations = pooled - exact.means[0]
    # Respondents are independent: the mean of N products has SE SD / sqrt(N); 27 comparisons, each within 4.
    for i in range(6):
        assert abs(deviations[:, i].mean()) < 4 * pooled[:, i].std() / 1000
        for j in range(i + 1):
            products = deviations[:, i] * deviations[:, j]
            assert abs(products.mean() - exact.covariances[0, i, j]) < 4 * products.std() / 1000, (i, j)


CASES = {
    "two ways": ("categories = 5\nshares = [0.5, 0.5]", ["scale", "shares or categories, not both"]),
    "too many categories": ("categories = 12", ["scale.categories", "12", "11"]),
    "a slider too fine": ("slider = 1000", ["scale.slider", "1000", "100"]),
    "a mean alone": ("categories = 5\nmean = 3", ["scale", "mean and sd go together"]),
    "a mean beyond the scale": ("categories = 5\nmean = 5.5\nsd = 1", ["scale of x1", "mean 5.5", "between 1 and 5"]),
    "an SD no answers have": ("categories = 5\nmean = 4.5\nsd = 2", ["scale of x1", "SD 2", "0.5 to 1.323"]),
    "an SD at its bound": ("categories = 5\nmean = 4.5\nsd = 1.32287565", ["SD 1.32", "too near its bound"]),
    "too skew": ("categories = 5\nskewness = 9", ["skewness 9", "within +-4.17"]),
    "skewness and mean": ("categories = 5\nskewness = 1\nmean = 3\nsd = 1", ["scale", "mean and sd, or skewness"]),
    "details of shares": ("shares = [0.5, 0.5]\nskewness = 1", ["scale", "shares already fix skewness"]),
    "an unknown item": ("categories = 5\nitems = { x9 = { categories = 3 } }", ["scale.items", "'x9'", "x1"]),
    "an item without a way": ("items = { x1 = { categories = 3 } }", ["scale of x2", "none of shares"]),
    "a mean without a way": (
        "mean = 3\nsd = 1\nitems = { x1 = { categories = 3 } }",
        ["scale of x2", "none of shares"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_a_scale_is_told(case: str, refused_population: Refused) -> None:
    text, parts = CASES[case]
    assert_says(refused_population(MINE + f"[scale]\n{text}\n"), ["mine.toml", *parts])


def test_methods_for_categories_are_refused_for_a_slider_by_name(refused: Refused, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text(MINE + "[scale]\nslider = 100\n")
    text = changed(TINY, ("three-factors", "mine.toml"), ('"eta2~eta1"', '"G~F"')) + "[methods.wlsmv]\n"
    (tmp_path / "tiny.toml").write_text(text)
    assert_says(refused("run", "tiny.toml"), ["methods.wlsmv", "2 to 20 categories", "101 different answers"])
