"""Missing answers: each handling against a slow plain version, what it says, and every survey that cannot be read."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.own.fitting import fit_survey
from sim import missing
from sim.errors import InputError
from sim.model import Model
from sim.surveys.survey import read_survey
from tests.cases import survey

MODEL = Model.parse("A =~ CC1 + CC2 + CC3 \n P =~ VA1 + VA2 + VPC1 \n P ~ A")
ITEMS = list(MODEL.items)


def holed(share=0.08, seed=3):
    """The stored survey with answers lost at random, as floats."""
    data = survey("crm_000")[ITEMS].astype(float)
    lost = np.random.default_rng(seed).random(data.shape) < share
    return data.mask(lost)


def answers():
    return holed().to_numpy()


def test_item_means_against_pandas():
    data = holed()
    expected = data.fillna(data.mean()).to_numpy()
    np.testing.assert_allclose(missing.with_item_means(data.to_numpy()), expected, rtol=1e-13)
    assert np.isnan(missing.with_item_means(np.array([[np.nan], [np.nan]]))).all()


def test_predictions_against_a_regression_for_each_answer():
    data, filled = answers(), missing.with_predictions(answers())
    whole = data[~np.isnan(data).any(axis=1)]
    for row, column in np.argwhere(np.isnan(data)):
        known = np.flatnonzero(~np.isnan(data[row]))
        design = np.column_stack([np.ones(len(whole)), whole[:, known]])
        coefficients = np.linalg.lstsq(design, whole[:, column], rcond=None)[0]
        assert filled[row, column] == pytest.approx(coefficients[0] + data[row, known] @ coefficients[1:], abs=1e-9)
    given = ~np.isnan(data)
    np.testing.assert_array_equal(filled[given], data[given])


def test_predictions_from_an_item_that_stands_there_twice_are_those_from_it_once():
    data = answers()
    twice = np.column_stack([data, data[:, 0]])
    known = ~np.isnan(data[:, 0])
    once, filled = missing.with_predictions(data), missing.with_predictions(twice)
    np.testing.assert_allclose(filled[known, :6], once[known], atol=1e-9)
    assert np.isfinite(filled).all()


def test_regression_says_what_it_did_and_needs_complete_respondents():
    fits = fit_survey(holed(), MODEL, "ml", missing="regression")
    cells = int(holed().isna().sum().sum())
    assert fits.survey.note.startswith(f"regression: {cells} missing answers predicted from the respondent's other")
    assert fits.survey.n == 72
    with pytest.raises(InputError, match=r"answered everything, and 7 did; at least 8 must for 6 items"):
        read_survey(pd.concat([holed().dropna().head(7), holed()[holed().isna().any(axis=1)]]), MODEL, 1, "regression")


def test_pairwise_moments_against_loops_and_pandas():
    data = answers()
    moments = missing.pairwise_moments(data)
    p = data.shape[1]
    for i, j in product(range(p), range(p)):
        both = ~np.isnan(data[:, i]) & ~np.isnan(data[:, j])
        x, y = data[both, i], data[both, j]
        assert moments.covariances[0, i, j] == pytest.approx(((x - x.mean()) * (y - y.mean())).mean(), abs=1e-13)
    counts = missing.pairwise_counts(data)
    np.testing.assert_allclose(moments.covariances[0] * counts / (counts - 1), holed().cov(), atol=1e-12)
    np.testing.assert_allclose(moments.means[0], np.nanmean(data, axis=0), rtol=1e-13)
    assert moments.n == counts.min()


def test_without_holes_every_handling_gives_the_same_estimates():
    data = survey("crm_000")
    fits = [fit_survey(data, MODEL, "pls,ml", resamples=30, missing=each).estimates for each in missing.HANDLINGS]
    for other in fits[1:]:
        pd.testing.assert_frame_equal(other, fits[0])


def test_listwise_is_the_complete_respondents_alone():
    data = holed()
    fits = fit_survey(data, MODEL, "ml,sumscores", missing="listwise")
    whole = fit_survey(data.dropna(), MODEL, "ml,sumscores")
    pd.testing.assert_frame_equal(fits.estimates, whole.estimates)
    left_out = len(data) - len(data.dropna())
    assert fits.survey.note == f"listwise: {left_out} of 72 respondents left out for missing answers"
    assert (fits.survey.read, fits.survey.n) == (72, 72 - left_out)


def test_mean_replaces_leaves_silent_respondents_out_and_says_so():
    data = holed()
    data.iloc[5] = np.nan
    fits = fit_survey(data, MODEL, "sumscores", missing="mean")
    asked = data.drop(index=5)
    filled = fit_survey(asked.fillna(asked.mean()), MODEL, "sumscores")
    np.testing.assert_allclose(fits.estimates["value"], filled.estimates["value"], atol=1e-12)
    assert fits.survey.n == 71
    assert f"mean: {int(asked.isna().sum().sum())} missing answers replaced" in fits.survey.note
    assert "standard errors too small" in fits.survey.note
    assert "1 respondent without any answer left out" in fits.survey.note


def test_pairwise_gives_moments_and_no_bootstrap_and_ml_its_smallest_n():
    data = holed()
    fits = fit_survey(data, MODEL, "pls,ml", missing="pairwise")
    counts = missing.pairwise_counts(data.to_numpy())
    assert fits.survey.n == counts.min()
    assert "no bootstrap" in fits.survey.note
    paths = fits.paths.set_index("method")
    assert np.isnan(paths.loc["PLS", "se"])
    assert paths.loc["ML SEM", "se"] > 0
    r = data.corr().loc[["CC1"], ["CC2"]].to_numpy()[0, 0]
    batch = read_survey(data, MODEL, 1, "pairwise").batch
    i, j, k = (counts[a, b] for a, b in ((0, 0), (1, 1), (0, 1)))
    assert {i, j, k} - {72}
    both = data[["CC1", "CC2"]].dropna()
    by_hand = ((both["CC1"] - both["CC1"].mean()) * (both["CC2"] - both["CC2"].mean())).mean()
    by_hand /= data["CC1"].std(ddof=0) * data["CC2"].std(ddof=0)
    assert batch.moments.correlations[0, 0, 1] == pytest.approx(by_hand, abs=1e-12)
    assert by_hand == pytest.approx(r, abs=0.05)


def test_pairwise_refuses_what_needs_answers_and_what_cannot_hold_together():
    with pytest.raises(InputError, match="ml with resamples needs the answers, and pairwise leaves covariances only"):
        fit_survey(holed(), MODEL, "ml[resamples=50]", missing="pairwise")
    clash = pd.DataFrame({
        "x": [1, 2, 3, 4, 1, 2, 3, 4] + [np.nan] * 4,
        "y": [1, 2, 3, 4] + [np.nan] * 4 + [1, 2, 3, 4],
        "z": [np.nan] * 4 + [1, 2, 3, 4] + [4, 3, 2, 1],
    })  # fmt: skip
    model = Model.parse("F =~ x + y \n G =~ z \n G ~ F")
    with pytest.raises(InputError, match=r"cannot all hold together .*smallest eigenvalue is -1"):
        read_survey(clash, model, 1, "pairwise")
    with pytest.raises(InputError, match="0 respondents answered both x and z"):
        read_survey(clash.drop(index=range(4, 8)), model, 1, "pairwise")


def written(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return path


SMALL = Model.parse("F =~ x + y")


@pytest.mark.parametrize("cell", ["", "NA", "NaN", ".", " ", " NA "])
def test_what_counts_as_missing(tmp_path, cell):
    path = written(tmp_path, f"x,y\n1,2\n2,{cell}\n3,1\n4,4\n")
    assert read_survey(path, SMALL, 1, "listwise").n == 3
    with pytest.raises(InputError, match=r"1 missing answer in 1 column \(y 1; first in line 3\).*leaves 3 of 4"):
        read_survey(path, SMALL, 1)


def test_declared_codes_are_missing_as_numbers_and_as_text(tmp_path):
    path = written(tmp_path, "x,y\n1,2\n99,3\n3,99.0\n4,none\n2,2\n5,1\n")
    assert read_survey(path, SMALL, 1, "listwise", ["99", "none"]).n == 3
    with pytest.raises(InputError, match=r"item y holds text in line 5 \('none'\)"):
        read_survey(path, SMALL, 1, "listwise", ["99"])
    frame = pd.DataFrame({"x": [1, 2, 3, -9, 4], "y": [1.0, 2, 2, 3, -9]})
    assert (
        fit_survey(frame, "F =~ x \n G =~ y \n G ~ F", "sumscores", missing="listwise", missing_codes=[-9]).survey.n
        == 3
    )


def test_the_refusal_counts_cells_and_columns_worst_first():
    data = pd.DataFrame({"x": [1, np.nan, np.nan, 2, 3], "y": [1, 2, 3, np.nan, 5]})
    with pytest.raises(InputError) as told:
        read_survey(data, SMALL, 1)
    assert str(told.value) == (
        "the data frame: 3 missing answers in 2 columns (x 2, y 1; first in row 2); complete them, or choose --missing "
        "listwise (leaves 2 of 5 respondents), mean, regression or pairwise"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y\n1,2\n", "has 1 respondent; at least 3 are needed"),
        ("x,y\n", "has 0 respondents; at least 3"),
        ("", "cannot be read"),
        ("x,x,y\n1,1,2\n2,1,1\n3,3,3\n", "column 'x' stands there twice"),
        ("x,y\n1,2,3\n2,1,3\n3,3,3\n", "line 2 has 3 cells, more than the header, which names 2 columns"),
        ("x,y\n1,2\n2,1,3\n3,3\n", "line 3 has 3 cells, more than the header"),
        ("x,Y1\n1,2\n2,1\n3,3\n", "column 'y' is not known; did you mean 'Y1'"),
        ("x,y\n1,2\n2,ab\n3,cd\n", r"item y holds text in line 3 \('ab'\) and in 1 more cells"),
        ("x,y\n1,2\n2,TRUE\n3,1\n", r"item y holds text in line 3 \('TRUE'\)"),
        ("x,y\n1,2\n2,inf\n3,1\n", "item y holds an infinite number in line 3"),
        ("x,y\n1,\n2,\n3,\n", "nobody answered y"),
        ("x,y\n1,2\n2,2\n3,2\n", "every respondent answers y alike"),
        ("x,y\n1,\n2,1\n,2\n,4\n", "listwise leaves 1 of 4 respondents; choose mean or pairwise"),
    ],
)
def test_surveys_that_cannot_be_used(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read_survey(written(tmp_path, text), SMALL, 1, "listwise")


def test_semicolons_tabs_and_other_columns_are_read(tmp_path):
    expected = [[1, 2], [2, 1], [3, 3]]
    for mark in ";\t":
        path = written(tmp_path, f"who{mark}y{mark}x\nAnn, B.{mark}2{mark}1\nBo{mark}1{mark}2\nCy{mark}3{mark}3\n")
        batch = read_survey(path, SMALL, 1).batch
        assert batch.raw[0].tolist() == expected
        assert batch.raw.dtype == np.int8


def test_frames_of_every_kind_of_column():
    dates = pd.DataFrame({"x": pd.date_range("2020", periods=3), "y": [1, 2, 3]})
    with pytest.raises(InputError, match=r"item x holds text in row 1"):
        read_survey(dates, SMALL, 1)
    with pytest.raises(InputError, match="item y holds text"):
        read_survey(pd.DataFrame({"x": [1, 2, 3], "y": [True, False, True]}), SMALL, 1)
    mixed = pd.DataFrame({"x": pd.Categorical(["1", "2", "3"]), "y": pd.array([1, 3, 2], dtype="Int64")})
    assert read_survey(mixed, SMALL, 1).batch.raw[0].tolist() == [[1, 1], [2, 3], [3, 2]]


def test_an_unknown_handling_and_an_absent_file():
    with pytest.raises(
        InputError, match="handling of missing answers 'listwize' is not known; did you mean 'listwise'"
    ):
        read_survey(holed(), MODEL, 1, "listwize")
    with pytest.raises(InputError, match=r"absent\.csv cannot be read"):
        read_survey(Path("absent.csv"), MODEL, 1)
