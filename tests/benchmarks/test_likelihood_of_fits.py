"""`fit --nested`, `fit --profile`, and which bounds bind: what the command tells beside what the engine below says."""

import numpy as np
import pandas as pd
import pytest

import loadstone as ls
from estimators.constrained.fitting import Search, search_all
from reports.fit import files as fit_files
from reports.fit import tables as fit_tables
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import survey
from tests.democracy import EQUAL, FREE

#: lavTestLRT of lavaan 0.6-20, ML and MLR (satorra.bentler.2001, whose factor loses digits).
PLAIN, ROBUST = (2.0542713016844516, 3, 0.5612192383961649), (2.954763929616031, 3)


def democracy():
    return survey("PoliticalDemocracy")


def test_models_are_compared_as_in_lavaan_whichever_is_the_larger(tmp_path):
    for model, other in ((FREE, EQUAL), (EQUAL, FREE)):
        found = ls.fit(democracy(), model, methods="ml,mlr", nested=[other])
        table = found.likelihood.ratios.set_index(["method", "model"])
        row = table.loc["ML SEM", "model 2"]
        assert (row["chisq_diff"], row["df_diff"], row["p_diff"]) == pytest.approx(PLAIN, rel=1e-7)
        assert "within" in row["note"]
        robust = table.loc["ML SEM (Yuan-Bentler)", "model 2"]
        assert robust["chisq_diff"] == pytest.approx(ROBUST[0], rel=1e-3)
        assert np.isnan(table.loc["ML SEM", "the model"]["chisq_diff"])
        fits = found.by_name["ML SEM", "chisq"].value
        assert table.loc["ML SEM", "the model"]["chisq"] == pytest.approx(fits, rel=1e-7)
        scaled = found.by_name["ML SEM (Yuan-Bentler)", "chisq"].value
        assert table.loc["ML SEM (Yuan-Bentler)", "the model"]["chisq"] == pytest.approx(scaled, rel=1e-5)
    fit_files.write(found, tmp_path / "out")
    assert "model 2" in (tmp_path / "out" / "fit-ratios.csv").read_text(encoding="utf-8")
    assert "Models against each other" in [table.title for table in fit_tables.tables(found)]


def test_models_that_are_not_nested_get_no_test():
    data = survey("HolzingerSwineford1939")
    model = "F =~ x1 + x2 + x3\nG =~ x4 + x5 + x6"
    others = ["F =~ x1 + x2 + x4\nG =~ x3 + x5 + x6\nF ~~ 0*G", "F =~ x1 + x2 + x4\nG =~ x3 + x5 + x6"]
    notes = ls.fit(data, model, methods="ml", nested=others).likelihood.ratios["note"]
    assert "neither model lies within the other" in notes[1]
    assert "as many degrees of freedom" in notes[2]


def test_a_saturated_model_has_no_factor_and_needs_none():
    data = survey("HolzingerSwineford1939")
    free = "a =~ x1\nb =~ x4\nc =~ x7"
    found = ls.fit(data, free, methods="mlr", nested=["F =~ x1 + f*x4 + f*x7\nf == 1", free + "\na ~~ 0*b"])
    told = found.likelihood.ratios
    # Against the saturated model the difference is the model's own statistic.
    np.testing.assert_allclose(told["chisq_diff"][1:], told["chisq"][1:], rtol=1e-9)


def test_profile_intervals_invert_the_ratio_test():
    data = democracy()
    found = ls.fit(data, FREE, methods="ml", profile="p, d60~ind")
    table = found.likelihood.intervals.set_index("parameter")
    batch = Batch.of_frame(data[list(Model.parse(FREE).items)])
    search = Search("likelihood", "none", 1e-8, 1000)
    least = search_all(batch, Model.parse(FREE), search, batch.n).discrepancy[0]
    for end in ("lower", "upper"):
        held = Model.parse(FREE.replace("p*ind", f"{float(table.loc['p', end])!r}*ind"))
        statistic = batch.n * (search_all(batch, held, search, batch.n).discrepancy[0] - least)
        assert statistic == pytest.approx(3.841458820694124, abs=1e-6)
    row = table.loc["d60~ind"]
    assert row["lower"] < row["value"] < row["upper"]
    assert row["wald_upper"] - row["value"] == pytest.approx(row["value"] - row["wald_lower"])
    paths = ls.fit(data, FREE, methods="ml", profile=["paths"]).likelihood.intervals
    assert list(paths["parameter"]) == ["d60~ind", "d65~ind", "d65~d60"]
    assert paths.set_index("parameter").loc["d65~ind", "lower"] == table.loc["p", "lower"]


def small():
    """Twenty respondents whose best fit has a negative error variance."""
    frame = survey("heywood_020")
    items = list(frame.columns[:6])
    return frame[items], f"F =~ {' + '.join(items[:3])}\nG =~ {' + '.join(items[3:])}\nG ~ F"


def test_bounds_that_bind_are_told():
    data, model = small()
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(20, 6)) + 0.5 * rng.normal(size=(20, 1)), columns=data.columns)
    found = ls.fit(data, model, methods=["ml[bounds=pos.var]", "uls[bounds=wide]", "ml[bounds=standard]"])
    said = {each.label: " ".join(each.remarks) for each in found.fitted}
    batch = Batch.of_frame(data)
    for label, bounds, kind in (
        ("ML SEM (bounds=pos.var)", "pos.var", "likelihood"),
        ("ML SEM (bounds=standard)", "standard", "likelihood"),
    ):
        ends = search_all(batch, Model.parse(model), Search(kind, bounds, 1e-8, 1000), batch.n)
        rows, binding = ends.layouts[0].table.free, ends.ends[0].binding
        for at in np.flatnonzero(binding):
            assert f"{rows[at].name} at" in said[label]
        assert ("bounds that bind" in said[label]) == bool(binding.any())
    assert any("bounds that bind" in told for told in said.values())
    plain = ls.fit(data, f"{model}\n{data.columns[0]} ~~ lower(-99)*{data.columns[0]}", methods="ml")
    assert "none binds" in plain.fitted[0].remarks[-1] or "none binds" in " ".join(plain.fitted[0].remarks)
    unbounded = ls.fit(survey("HolzingerSwineford1939"), "F =~ x1 + x2 + x3 + x4", methods="ml")
    assert "bounds" not in " ".join(unbounded.fitted[0].remarks)


def test_what_has_no_likelihood_is_refused_with_what_to_choose():
    data, model = democracy(), FREE
    with pytest.raises(InputError, match="choose ml, mlm or mlr"):
        ls.fit(data, model.replace("p*", ""), methods="gls", nested=[EQUAL])
    with pytest.raises(InputError, match="choose ml"):
        ls.fit(data, model, methods="mlr", profile="p")
    with pytest.raises(InputError, match="no label of a free parameter"):
        ls.fit(data, model, methods="ml", profile="z")
    with pytest.raises(InputError, match=r"did you mean 'd65~ind'\?; the names are d60~ind, .*and more"):
        ls.fit(data, model.replace("p*", ""), methods="ml", profile="d65~inf")
    product = "A =~ x1 + x2 + x3\nB =~ y1 + y2 + y3\nC =~ y5 + y6\nC ~ A + B + A:B"
    with pytest.raises(InputError, match="--nested model 2 is of models without products; leave C~A:B out"):
        ls.fit(data[["x1", "x2", "x3", "y1", "y2", "y3", "y5", "y6"]], product[:-6], methods="ml", nested=product)
    for option, asked in (("--nested", {"nested": product}), ("--profile", {"profile": "paths"})):
        with pytest.raises(InputError, match=f"{option} is of models without products; leave C~A:B out"):
            ls.fit(data, product, methods="ml", **asked)
    for option, asked in (("--nested", {"nested": EQUAL}), ("--profile", {"profile": "paths"})):
        with pytest.raises(InputError, match=f"{option} is of methods with nothing around them; leave the settings of"):
            ls.fit(data, FREE, methods="ml[resamples=20]", **asked)
    gaps = data.astype(float)
    gaps.loc[0, "x1"] = np.nan
    with pytest.raises(InputError, match="of complete answers; choose --missing listwise"):
        ls.fit(gaps, FREE, methods="ml", missing="fiml", profile="paths")
    with pytest.raises(InputError, match="differ in the items x3"):
        ls.fit(data, model, methods="ml", nested=model.replace(" + x3", ""))
    with pytest.raises(InputError, match="write `x1 ~ 1` in the other too"):
        ls.fit(data, model, methods="ml", nested=model + "\nx1 ~ 1")
    with pytest.raises(InputError, match="--nested model 2"):
        ls.fit(data, model, methods="ml", nested=model.replace("ind =~ x1", "ind =~ NA*x1"))
