"""Measurement invariance from `loadstone fit --group` and from Python, beside what the numbers below it say."""

import numpy as np
import pytest

import loadstone as ls
from reports.fit import files as fit_files
from sim.errors import InputError
from tests.own_survey import MODEL, survey

CFA = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"


def schools():
    from tests.cases import survey as stored

    return stored("HolzingerSwineford1939")


def test_fit_shows_the_steps_and_the_means_of_constructs(tmp_path):
    found = ls.fit(schools(), CFA, methods="ml,mlr,uls", group="school")
    steps = found.groups["invariance"].set_index(["method", "step"])
    assert steps.loc[("ML SEM", "scalar"), "chisq_diff"] == pytest.approx(40.05928674518958, rel=1e-7)
    assert steps.loc[("ML SEM (Yuan-Bentler)", "metric"), "chisq_diff"] == pytest.approx(6.567201736862264, rel=1e-4)
    assert steps.loc[("ML SEM", "configural"), ["chisq_diff", "df_diff"]].isna().all()
    means = found.groups["construct_means"].set_index(["method", "construct", "group"])
    assert means.loc[("ML SEM", "textual", "Pasteur"), "value"] == 0.0
    assert means.loc[("ML SEM", "textual", "Grant-White"), "value"] == pytest.approx(0.57636, abs=1e-4)
    assert any("ULS SEM: it is of ml and mlr" in told for told in found.groups.left)
    fit_files.write(found, tmp_path / "out")
    assert "configural" in (tmp_path / "out" / "group-invariance.csv").read_text(encoding="utf-8")
    assert "Measurement invariance" in (tmp_path / "out" / "fit.html").read_text(encoding="utf-8")


def test_values_for_each_group_are_of_the_steps_and_not_of_the_pooled_fit():
    partial = ls.fit(schools(), f"{CFA}\nx3 ~ c(i, j)*1\nx7 ~ c(k, l)*1\ngap := i - j", methods="ml", group="school")
    plain = ls.fit(schools(), CFA, methods="ml")
    assert partial.estimates.equals(plain.estimates)
    steps = partial.groups["invariance"].set_index("step")
    assert steps.loc["scalar", "chisq_diff"] == pytest.approx(5.378936151328759, rel=1e-6)
    assert steps.loc["scalar", "df_diff"] == 4
    told = ls.invariance(schools(), CFA, "school", partial=["x3~1", "x7~1"])
    assert told.steps["chisq"].tolist() == pytest.approx(steps["chisq"].tolist(), rel=1e-9)
    with pytest.raises(InputError, match="choose groups"):
        ls.fit(schools(), f"{CFA}\nx3 ~ c(i, j)*1", methods="ml")
    with pytest.raises(InputError, match="has 3 values, and the data have 2 groups"):
        ls.fit(schools(), f"{CFA}\nx3 ~ c(i, j, k)*1", methods="ml", group="school")


def test_python_gives_every_parameter_of_a_step():
    told = ls.invariance(schools(), f"{CFA.replace('x9', 'b*x9')}\ntwice := 2*b", "school", method="mlr")
    table = told.parameters("scalar")
    assert list(table["group"].unique()) == ["Pasteur", "Grant-White", ""]
    loading = table[(table["left"] == "speed") & (table["right"] == "x9")]
    assert loading["value"].nunique() == 1
    assert loading["equal"].all()
    defined = table[table["operator"] == ":="].iloc[0]
    assert defined["value"] == pytest.approx(2.0 * loading["value"].iloc[0], rel=1e-12)
    assert defined["se"] == pytest.approx(2.0 * loading["se"].iloc[0], rel=1e-9)
    assert "Pasteur 156" in repr(told)
    assert "metric" in told._repr_html_()
    with pytest.raises(InputError, match="step with a fit 'weak'"):
        told.parameters("weak")


def test_a_group_without_a_fit_is_told_in_the_row_of_the_step():
    data = survey(40)
    data["team"] = np.where(np.arange(40) < 8, "small", "large")
    told = ls.invariance(data, MODEL, "team").steps
    assert told["note"].str.contains("team small: a matrix that must be inverted is singular").all()
    assert told["chisq"].isna().all()


def test_gaps_and_composites_are_refused_with_what_to_choose():
    data = survey(80)
    composite = MODEL.replace("QUAL =~", "QUAL <~")
    with pytest.raises(InputError, match="QUAL is composite"):
        ls.invariance(data, composite, "sexe")
    data.loc[3, "sat1"] = np.nan
    with pytest.raises(InputError, match="--missing listwise"):
        ls.invariance(data, MODEL, "sexe", missing="fiml")
    assert ls.invariance(data, MODEL, "sexe", missing="listwise").survey.sizes == (40, 39)


def test_what_python_may_be_given_for_a_group_or_a_model_is_told():
    data = schools()
    for group in (5, ["school"], None):
        with pytest.raises(InputError, match="give the name of one column, in quotation marks"):
            ls.invariance(data, CFA, group=group)
    with pytest.raises(InputError, match="group is 5; give the name of one column"):
        ls.fit(data, CFA, methods="ml", group=5)
    with pytest.raises(InputError, match=r"^the model has the product speed~textual:visual; leave it out$"):
        ls.invariance(data, f"{CFA}\nspeed ~ visual + textual + visual:textual", group="school")
