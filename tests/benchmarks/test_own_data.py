"""`loadstone fit`: one's own survey through the same estimators, and every way a survey can be unusable."""

import numpy as np
import pandas as pd
import pytest

import loadstone
from benchmarks.own import method_words
from benchmarks.own.method_words import method_and_settings, parted
from estimators.wrappers.jackknife import Jackknife
from sim.errors import InputError
from sim.model import Model
from tests.cases import CRM, REFERENCE, survey
from tests.evidence import content


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.txt"
    path.write_text(CRM.syntax, encoding="utf-8")
    return path


def elsewhere(evidence, part="value"):
    """What another program has for crm_000, by target."""
    return content(evidence)["cases"]["crm_000"][part]


def test_fit_gives_what_csem_and_lm_give(command, capsys, tmp_path, model):
    data, out = REFERENCE / "data" / "crm_000.csv", tmp_path / "estimates.csv"
    words = ["fit", data, "--model", model, "--method", "pls,plsc,sumscores,ml", "--resamples", 50, "--out", out]
    assert command(*words) in (0, None)
    table = pd.read_csv(out).set_index(["method", "target"])
    assert (
        abs(table.loc[("PLS", "P~A"), "value"] - elsewhere("csem-pls")["P~A"]) < 1e-6
    )  # SmartPLS's own stopping rule: 1e-7
    assert abs(table.loc[("PLSc", "P~O"), "value"] - elsewhere("csem-plsc")["P~O"]) < 1e-6
    assert abs(table.loc[("Sum scores", "P~A"), "p_value"] - elsewhere("lm-sumscores", "p_value")["P~A"]) < 1e-9
    assert np.isfinite(table.loc[("PLS", "P~A"), "lower"])
    assert "A → P" in capsys.readouterr().out


def broken(kind):
    """The survey, spoilt in one way."""
    data = survey("crm_000")
    match kind:
        case "missing":
            return data.astype(float).mask((data.index.to_numpy()[:, None] == 6) & (data.columns == "PC2"))
        case "constant":
            return data.assign(VA1=3)
        case "text":
            return data.assign(OGG2="often")
        case "column":
            return data.rename(columns={"PRO1": "PR01"})
        case "columns":
            return data.drop(columns=["CC2", "VA1"])
        case "few":
            return data.head(15)
        case "infinite":
            return data.astype(float).replace({"CC1": {1.0: np.inf}})
    return data


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", ["PC2", "1 missing", "line", "8"]),
        ("constant", ["VA1", "alike"]),
        ("text", ["OGG2", "text", "often"]),
        ("column", ["column 'PRO1' is not known", "did you mean", "PR01", "the model names it, and the columns are"]),
        ("columns", ["columns CC2, VA1 are not known; the model names them, and the columns are CC1, CC3"]),
        ("few", ["n = 15", "19 items", "singular", "leave that method out"]),
        ("infinite", ["CC1", "finite"]),
    ],
)
def test_an_unusable_survey_gives_one_message_and_exit_code_2(command, capsys, tmp_path, model, kind, words):
    data, out = tmp_path / "data.csv", tmp_path / "estimates.csv"
    broken(kind).to_csv(data, index=False)
    words_given = ["fit", data, "--model", model, "--method", "pls,ml", "--resamples", 30, "--out", out]
    assert command(*words_given) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--method": "pls,lisrel"}, ["'lisrel'", "allowed: sumscores"]),
        ({"--method": "pslc"}, ["'pslc'", "did you mean 'plsc'"]),
        ({"--model": "absent.txt"}, ["absent.txt", "does not exist"]),
        ({"--resamples": "3"}, ["3", "at least 20"]),
        ({"data": "absent.csv"}, ["absent.csv", "cannot be read"]),
        ({"--method": "pls[shceme=centroid]"}, ["'shceme'", "did you mean 'scheme'"]),
        ({"--method": "pls[scheme=central]"}, ["scheme 'central'", "allowed: path, centroid, factorial"]),
        ({"--method": "pls[scheme]"}, ["'scheme' is no setting", "setting=value"]),
        ({"--method": "pls[scheme=path"}, ["'pls[scheme=path' is not understood", "name[setting=value"]),
        ({"--method": "pls[tolerance=1,tolerance=2]"}, ["sets tolerance twice"]),
        ({"--method": "pls,ml,pls"}, ["PLS is named twice"]),
        ({"--method": "ml,,pls"}, ["method '' is not understood"]),
        ({"--level": "95"}, ["level is 95", "0.95"]),
        ({"--missing": "lisetwise"}, ["'lisetwise'", "did you mean 'listwise'"]),
        ({"--out": "fit.docx"}, ["fit.docx", "folder", ".html, .csv, .tex"]),
    ],
)
def test_wrong_words_give_one_message_and_exit_code_2(command, capsys, model, changes, words):
    options = {"--model": str(model), "--method": "pls"} | {k: v for k, v in changes.items() if k != "data"}
    data = changes.get("data", REFERENCE / "data" / "crm_000.csv")
    assert command("fit", data, *(word for pair in options.items() for word in pair)) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in words), told


def test_settings_of_methods_stand_in_brackets(command, capsys, tmp_path, model):
    out = tmp_path / "estimates.csv"
    method = "pls[scheme=centroid, tolerance=1e-10],pls,ml[test=unstandardised]"
    words = ["--model", model, "--method", method, "--resamples", 30, "--brief", "--out", out]
    assert command("fit", REFERENCE / "data" / "crm_000.csv", *words) in (0, None)
    table = pd.read_csv(out).set_index(["method", "target"])["value"]
    assert abs(table["PLS (scheme=centroid, tolerance=1e-10)", "P~A"] - elsewhere("csem-pls-centroid")["P~A"]) < 1e-8
    assert abs(table["PLS", "P~A"] - elsewhere("csem-pls")["P~A"]) < 1e-6
    assert "unstandardised)" in capsys.readouterr().out, "in the head of its column, which may fold"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pls, ml", [("pls", {}), ("ml", {})]),
        ("pls[scheme=centroid]", [("pls", {"scheme": "centroid"})]),
        ("plsc[tolerance=1e-9, max_iterations=50]", [("plsc", {"tolerance": 1e-9, "max_iterations": 50})]),
        ('pls[interval="bca", inadmissible=keep]', [("pls", {"interval": "bca", "inadmissible": "keep"})]),
        ("pls[screening={threshold = 0.6, minimum_items = 3}],ml", [
            ("pls", {"screening": {"threshold": 0.6, "minimum_items": 3}}), ("ml", {}),
        ]),
        ("my.module:Class[a=true]", [("my.module:Class", {"a": True})]),
    ],
)  # fmt: skip
def test_how_methods_are_written(line, expected):
    assert [method_and_settings(words) for words in parted(line)] == expected


def test_shared_bootstrap_settings_reach_only_those_that_are_resampled():
    shared = {"resamples": 40, "interval": "bca"}
    methods = method_words.methods_of(["pls[resamples=60]", "sumscores", "ml", "plsc"], CRM, shared, 0.95)
    assert [dict(method.settings) for method in methods.values()] == [
        {"estimator": "pls", "resamples": 60, "interval": "bca"},
        {"estimator": "sumscores"},
        {"estimator": "ml"},
        {"estimator": "plsc", "resamples": 40, "interval": "bca"},
    ]


@pytest.mark.parametrize(
    ("name", "resamples"),
    [("estimators.composites.pls:PLS", 40), ("estimators.factors.covariance:MaximumLikelihood", None)],
)
def test_a_method_outside_the_catalogue_is_bootstrapped_where_it_has_no_inference(name, resamples):
    (method,) = method_words.methods_of([name], CRM, {"resamples": 40}, 0.95).values()
    assert method.resamples == resamples


def test_the_jackknife_needs_no_bootstrap():
    methods = method_words.methods_of(["pls[inference=jackknife]"], CRM, {"resamples": 40}, 0.95)
    assert [(each.wrapper(Jackknife) is not None, each.resamples) for each in methods.values()] == [(True, None)]


def test_two_stages_have_no_inference_but_resampling():
    dimensions = Model.parse(CRM.syntax.replace("P ~ A + O", "H =~ A + O\nP ~ H"))
    methods = method_words.methods_of(["sumscores", "croon"], dimensions, {"resamples": 40}, 0.95)
    assert [method.resamples for method in methods.values()] == [40, 40]


def test_second_order_constructs_are_estimated_in_two_stages():
    dimensions = CRM.syntax.replace("P ~ A + O", "H =~ A + O\nP ~ H")
    fits = loadstone.fit_survey(survey("crm_000"), dimensions, methods="pls,plsc", resamples=30)
    assert fits.paths["predictor"].tolist() == ["H", "H"]
    assert (fits.paths["se"] > 0).all()
    assert {"A", "O"} <= set(fits.loadings["item"])
    with pytest.raises(InputError, match="second-order"):
        loadstone.fit_survey(survey("crm_000"), dimensions, methods="miiv")


def test_methods_that_fit_second_order_whole_have_their_own_errors():
    dimensions = CRM.syntax.replace("P ~ A + O", "H =~ A + O\nP ~ H")
    methods = method_words.methods_of(["sam", "ml"], Model.parse(dimensions), {"resamples": 40}, 0.95)
    assert [method.resamples for method in methods.values()] == [None, None]


def test_items_of_several_constructs_are_told_under_each(command, capsys, tmp_path):
    model = tmp_path / "model.txt"
    general = "\n".join(f"{a} ~~ 0*{b}" for a, b in (("G", "S"), ("G", "T"), ("S", "T")))
    model.write_text(f"G =~ x1 + x2 + x3 + x4 + x5 + x6\nS =~ x1 + x2 + x3\nT =~ x4 + x5 + x6\n{general}\nS ~~ 0.1*S")
    data = REFERENCE / "data" / "HolzingerSwineford1939.csv"
    assert command("fit", data, "--model", model, "--method", "ml") in (0, None)
    told = capsys.readouterr().out
    assert told.count("x4 ") >= 2
    assert command("fit", data, "--model", model, "--method", "pls") == 2
    assert "item x1, which measures G and S," in capsys.readouterr().err


def test_maximum_likelihood_fits_second_order_constructs_whole():
    dimensions = CRM.syntax.replace("P ~ A + O", "H =~ A + O\nP ~ H")
    fits = loadstone.fit_survey(survey("crm500_000"), dimensions, methods="ml")
    assert fits.paths["predictor"].tolist() == ["H"]
    assert {"A", "O"} <= set(fits.loadings["item"])
    assert (fits.paths["se"] > 0).all()


def test_missing_answers_from_the_command_line(command, capsys, tmp_path, model):
    data = tmp_path / "data.csv"
    survey("crm_000").replace({"CC1": {1: 99}}).to_csv(data, index=False)
    codes = ["--missing-code", 99, "--missing-code", 98]
    words = ["fit", data, "--model", model, "--method", "sumscores", *codes]
    assert command(*words) == 2
    assert "column (CC1" in capsys.readouterr().err
    assert command(*words, "--missing", "listwise", "--brief") in (0, None)
    assert "left out for missing answers" in capsys.readouterr().out


def test_the_front_door_from_python():
    fits = loadstone.fit_survey(survey("crm_000"), CRM.syntax, methods="sumscores")
    assert list(fits.paths["outcome"]) == ["P", "P"]


@pytest.mark.parametrize(("rule", "words"), [("keep", "kept among"), ("drop", "left out"), ("replace", "replaced by")])
def test_inadmissible_resamples_are_told_with_what_became_of_them(rule, words):
    fits = loadstone.fit_survey(survey("crm_002"), CRM, methods=f"plsc[inadmissible={rule}]", resamples=60)
    (remark,) = [each for each in fits.fitted[0].remarks if "inadmissible" in each]
    assert words in remark
    assert int(remark.split(": ")[1].split(",")[0]) == fits.fitted[0].estimates.inadmissible_resamples[0] > 5
