"""Moderation on one's own survey: slopes and pictures on the page, in the CSV, in LaTeX and in Python."""

import io

import numpy as np
import pandas as pd
import pytest

from benchmarks.own.fits import Fits
from benchmarks.own.fitting import fit_survey
from reports.fit import figures as fit_figures
from reports.fit import files as fit_files
from reports.fit import page as fit_page
from reports.fit import tables as fit_tables
from tests.cases import survey

MODEL = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z + X:Z + X:X"


@pytest.fixture(scope="module")
def fits() -> Fits:
    return fit_survey(survey("nonlinear_400"), MODEL, ("plsc", "ml", "sumscores"), resamples=40)


def test_labels_stay_short_and_the_page_says_how_products_are_made(fits: Fits) -> None:
    assert fits.methods == ("PLSc", "ML SEM", "Sum scores")
    page = fit_page.page(fits)
    for words in ("corrected products of scores", "product indicators (matched pairs)", "; products of scores"):
        assert words in page


def test_paths_have_their_products_and_slopes_a_table_of_their_own(fits: Fits) -> None:
    tables = {table.name: table for table in fit_tables.tables(fits)}
    named = list(dict.fromkeys(row[0] for row in tables["paths"].rows))
    assert named == ["X → Y", "Z → Y", "X × Z → Y", "X × X → Y"]
    slopes = list(dict.fromkeys(row[0] for row in tables["slopes"].rows))
    assert slopes[:3] == ["X → Y, Z at −1 SD", "X → Y, Z at mean", "X → Y, Z at +1 SD"]
    assert len(slopes) == 9
    assert all(row[4] for row in tables["slopes"].rows)  # an interval for every method


def test_python_gives_products_and_slopes_as_data_frames(fits: Fits) -> None:
    products, slopes = fits.products, fits.slopes
    assert list(products.columns[:4]) == ["method", "outcome", "first", "second"]
    assert list(slopes.columns[:5]) == ["method", "outcome", "predictor", "moderator", "at"]
    for method in fits.methods:
        mine, bends = products[products["method"] == method], slopes[slopes["method"] == method]
        own = bends.query("predictor == 'X' and moderator == 'Z'").set_index("at")["value"]
        product = mine.query("second == 'Z'")["value"].item()
        np.testing.assert_allclose(own[1.0] - own[0.0], product, rtol=1e-9)
        square = mine.query("second == 'X'")["value"].item()
        bent = bends.query("predictor == 'X' and moderator == 'X'").set_index("at")["value"]
        np.testing.assert_allclose(bent[1.0] - bent[0.0], 2 * square, rtol=1e-9)


def test_effect_sizes_have_the_products_behind_the_paths(fits: Fits) -> None:
    page = fit_page.page(fits)
    assert "Effect sizes" in page
    assert page.count("X × Z → Y") >= 2


def test_csv_and_latex_have_them(fits: Fits) -> None:
    table = pd.read_csv(io.StringIO(fit_files.as_csv(fits)))
    assert {"Y~X:Z", "slope(Y~X|Z=-1)", "slope(Y~X|X=1)"} <= set(table["target"])
    assert table.query("kind == 'slope'")["lower"].notna().all()
    latex = fit_files.as_tex(fits)
    assert "Simple slopes" in latex
    assert "\\times" in latex or "×" in latex


def test_pictures_show_slopes_lines_and_curves(fits: Fits) -> None:
    drawn = {figure.name: figure for figure in fit_figures.figures(fits)}
    assert {"paths", "slopes", "moderation-1", "moderation-2", "loadings"} <= set(drawn)
    lines, curve = drawn["moderation-1"], drawn["moderation-2"]
    assert lines.title == "Y against X, moderated by Z"
    assert curve.title == "Y against X"
    for text in ("Z at +1 SD", "Z at mean", "PLSc", "Sum scores"):
        assert text in lines.wide
    assert "<svg" in curve.narrow


def test_names_from_users_are_escaped() -> None:
    data = survey("nonlinear_400")
    hostile = MODEL.replace("X", "`<b>&X`")
    page = fit_page.page(fit_survey(data, hostile, ("sumscores",)))
    assert "<b>&X" not in page
    assert "&lt;b&gt;&amp;X" in page


def test_a_model_without_products_has_neither(fits: Fits) -> None:
    plain = fit_survey(survey("nonlinear_400"), MODEL.partition(" + X:Z")[0], ("sumscores",))
    assert plain.products.empty
    assert plain.slopes.empty
    assert [figure.name for figure in fit_figures.figures(plain)] == ["paths", "loadings"]
