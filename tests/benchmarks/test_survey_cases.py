"""Troubles with survey files and models that users of other programs report in public: each stays mended.

The surveys are written anew from a drawn one of 80 respondents and nine five-point items.
"""

import numpy as np
import pandas as pd
import pytest

import loadstone
from sim.errors import InputError
from tests.own_survey import ITEMS, MODEL, survey


@pytest.fixture
def fit(command, capsys, tmp_path, monkeypatch):
    """Runs `loadstone fit` on bytes or text, and gives what it prints where it ends well, else its one message."""
    monkeypatch.chdir(tmp_path)

    def run(content, *words, model=MODEL, name="data.csv"):
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        (tmp_path / "model.txt").write_bytes(model if isinstance(model, bytes) else model.encode())
        ended = command("fit", name, "--model", "model.txt", "--brief", "--resamples", 60, *words)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        if ended == 2:
            assert out == ""
            assert len(err.strip().splitlines()) == 1
            return " ".join(err.split())
        assert ended in (0, None)
        return " ".join(out.split())

    return run


def text(data=None, sep=",", **settings):
    return (survey() if data is None else data).to_csv(index=False, sep=sep, **settings)


SUMS = ("--method", "sumscores")


def paths(printed):
    """The numbers of the table of paths."""
    return printed.partition("Paths, standardised")[2].partition("What to look at")[0]


def test_01_the_line_of_the_file_is_told_whatever_breaks_stand_in_cells(fit):
    data = survey().astype(str)
    data.loc[:3, "sexe"] = "ligne 1\nligne 2"
    data.loc[9, "qual1"] = "abc"
    assert "qual1 holds text in line 15 ('abc')" in fit(text(data), *SUMS)  # ten lines, four of them broken, a header


@pytest.mark.parametrize(
    ("method", "handling"),
    [
        (method, handling)
        for method in ("wlsmv", "ordpls", "ordplsc")
        for handling in ("pairwise", "mean", "regression", "refuse")
        if (method, handling) != ("wlsmv", "pairwise")
    ],
)
def test_02_the_advice_works(fit, method, handling):
    data = survey().astype(object)
    data.loc[3, "sat1"] = ""
    told = fit(text(data), "--method", method, "--missing", handling)
    assert "listwise" in told
    assert " mean," not in told.partition("choose")[2]
    assert "estimated" in fit(text(data), "--method", method, "--missing", "listwise")


def test_03_no_inference_from_a_handful_of_resamples(fit):
    told = fit(text(survey().head(4)), "--method", "pls")
    if "cannot estimate" not in told:
        assert "no standard errors, intervals or p-values" in told
        assert " p " not in paths(told)


def test_04_the_separator_is_found_in_the_whole_file(fit):
    data = survey().rename(columns={"sexe": "Horodateur, heure, minute, fuseau, pays, ville, region, adresse, a, b, c"})
    told = fit(text(data, ";", quoting=2), *SUMS)
    assert "80 respondents; separator ;" in told


def test_05_blank_columns_and_titles(fit):
    plain = paths(fit(text(sep=";"), *SUMS))
    blank = fit("".join(f"{line};;\n" for line in text(sep=";").splitlines()), *SUMS)
    titled = fit("Résultats de l'enquête 2024;;;;;;;;;;\n" + text(sep=";"), *SUMS)
    assert paths(blank) == paths(titled) == plain
    assert "2 empty columns left aside" in blank
    assert "1 line above the header left aside" in titled


def test_06_a_column_that_stands_there_twice_only_matters_where_it_is_named(fit):
    data = survey().assign(again="x").rename(columns={"again": "sexe"})
    assert "columns id, sexe, sexe left aside" in fit(text(data), *SUMS)
    assert len(loadstone.fit_survey(data, MODEL, "sumscores").paths) == 3
    twice = text(survey().assign(again=1).rename(columns={"again": "qual1"}))
    assert "column 'qual1' stands there twice" in fit(twice, *SUMS)


@pytest.mark.parametrize("code", [99, -99, -999, 9, 999])
def test_07_codes_far_from_the_answers_are_remarked_with_the_option(fit, code):
    data = survey()
    data.loc[[4, 7], "qual2"] = code
    assert f"say --missing-code={code}" in fit(text(data), *SUMS)
    settled = fit(text(data), *SUMS, f"--missing-code={code}", "--missing", "listwise")
    assert "2 of 80 respondents left out" in settled
    assert "say --missing-code" not in settled


def test_08_an_item_left_unreversed(fit):
    data = survey()
    data["sat3"] = 6 - data["sat3"]
    told = fit(text(data), "--method", "pls,pls[screening={threshold=0.7}]")
    assert "sat3 runs against the other items of SAT: worded the other way? if so, say --reverse sat3" in told
    assert "alpha below 0 (possible: items run against each other): SAT" in told
    assert "against its construct" in told
    assert "sat3 (it takes loadings with their signs)" in told
    assert paths(fit(text(data), *SUMS, "--reverse", "sat3")) == paths(fit(text(), *SUMS))


def test_09_a_blank_htmt2_has_a_reason_and_the_variant_that_is(fit):
    data = survey()
    data[["fid1", "fid2", "fid3"]] = 6 - data[["fid1", "fid2", "fid3"]]
    told = fit(text(data), "--method", "pls")
    assert "HTMT2 is not defined where items' correlations are not positive" in told
    assert "QUAL and FID (0." in told


def test_10_every_value_that_cannot_exist_is_flagged():
    for seed in range(200):
        fits = loadstone.fit_survey(survey(12, seed), MODEL, "plsc", resamples=20)
        table = fits.estimates.set_index("target")
        if (table["value"].get("r2(FID)", 0) > 1) and table.loc["f2(FID~SAT)", "value"] < 0:
            assert table.loc["f2(FID~SAT)", "flag"] == "negative"
            assert table.loc["r2(FID)", "flag"] == "beyond 1"
            return
    pytest.fail("no drawn survey has such a value")


def test_11_a_singular_matrix_has_a_cause(fit):
    data = survey().assign(qual2=lambda frame: frame["qual1"])
    assert "qual1 and qual2 are copies of each other" in fit(text(data), "--method", "ml")
    assert "n is not above the number of items: 9 respondents for 9 items" in fit(text(survey(9)), "--method", "ml")
    sums = survey().assign(qual3=lambda frame: frame["qual1"] + frame["qual2"])
    assert "qual1, qual2, qual3 depend on each other" in fit(text(sums), "--method", "ml")


def test_12_impossible_polychorics_are_remarked(fit):
    found = [fit(text(survey(12, seed)), "--method", "ordpls") for seed in range(4)]
    assert any("the polychoric correlations are not positive definite" in told for told in found)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_13_a_model_with_a_byte_order_mark(fit, codec):
    assert "estimated" in fit(text(), *SUMS, model=MODEL.encode(codec))


def test_14_encodings(fit):
    data = survey().rename(columns={"sexe": "Catégorie de l'entreprise"}).replace({"H": "Société", "F": "élevé"})
    told = fit(text(data, ";").encode("cp1252"), *SUMS)
    assert "separator ;, Windows-1252; columns id, Catégorie de l'entreprise left aside" in told
    broken = b"$FL2@(#) SPSS DATA FILE" + bytes(range(256)) * 3
    assert "begins like a file of SPSS, but cannot be read as one" in fit(broken, *SUMS, name="data.sav")


def test_15_decimal_commas(fit):
    data = survey()
    data[ITEMS] = data[ITEMS] + 0.5
    comma = fit(text(data, ";", decimal=","), *SUMS)
    assert "separator ;, decimal comma" in comma
    assert paths(comma) == paths(fit(text(data), *SUMS))


@pytest.mark.parametrize("name", ["Qualité 1", "Q1[SQ001]", "qual-1", "1. D'accord ?", "F (x)", "a+b", "=x", "qual:1"])
def test_16_any_name_can_be_written(fit, name):
    data = survey().rename(columns={"qual1": name})
    sign = '"' if "'" in name else "`"
    told = fit(text(data), "--method", "pls,ml", model=MODEL.replace("qual1", f"{sign}{name}{sign}"))
    assert "80 respondents" in told
    wrong = fit(text(data), *SUMS, model=MODEL.replace("qual1", "qualite1"))
    assert "column 'qualite1' is not known" in wrong


def test_16_names_with_accents_need_no_quotes(fit):
    data = survey().rename(columns={"qual1": "qualité1"})
    assert "80 respondents" in fit(text(data), *SUMS, model=MODEL.replace("qual1", "qualité1"))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("SAT ~ QUAL", "SAT ~ QUAL\nind := a*b", ["`ind := a*b`", "'a' is no label", "as in `Y ~ a*X`"]),
        ("qual1 +", "0.8*qual1 +", ["`QUAL =~ 0.8*qual1`", "Sum scores", "choose ml"]),
        ("FID ~ QUAL + SAT", "FID ~ QUAL + QUAL:SAT", ["without the path FID~SAT", "FID ~ QUAL + SAT + QUAL:SAT"]),
        ("FID ~ QUAL + SAT", "FID ~ QUAL + SAT + QUAL*SAT", ["(moderation)", "write it as `QUAL:SAT`"]),
        ("FID =~ fid1 + fid2 + fid3", "fid1 =~ fid1", ["one name", "`fid1_c =~ fid1`"]),
        ("SAT ~ QUAL", "SAT ~ 1 + QUAL", ["`SAT ~ 1` (line 4)", "Sum scores", "choose ml"]),
        ("SAT ~ QUAL", "SAT ~ 2 + QUAL", ["`2` in `SAT ~ 2 + QUAL`", "`~ 2*1`"]),
    ],
)
def test_17_and_18_what_a_model_does_not_hold_is_refused_with_what_to_write(fit, before, after, words):
    told = fit(text(), *SUMS, model=MODEL.replace(before, after))
    assert all(word in told for word in words), told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SAT ~ QUAL", "SAT ~ a*QUAL"),
        ("SAT ~ QUAL\nFID ~ QUAL + SAT", "SAT ~ a*QUAL\nFID ~ QUAL + b*SAT\nind := a*b"),
        ("qual1 +", "1*qual1 +"),
        ("qual1 +", "start(0.5)*qual1 +"),
        ("FID ~ QUAL + SAT", "FID ~ QUAL + SAT + id"),
    ],
)
def test_17_and_18_what_lavaan_writes_is_understood(fit, before, after):
    assert before in MODEL
    assert "80 respondents" in fit(text(), "--method", "ml", model=MODEL.replace(before, after))


def test_19_labels(fit):
    labels = ["Pas du tout d'accord", "Plutôt pas d'accord", "Neutre", "Plutôt d'accord", "Tout à fait d'accord"]
    data = survey()
    data[ITEMS] = data[ITEMS].map(lambda answer: labels[answer - 1])
    asked = fit(text(data), *SUMS)
    assert "1 = Pas du tout d'accord" in asked
    assert "say --confirm-labels" in asked
    plain = paths(fit(text(), *SUMS))
    assert paths(fit(text(data), *SUMS, "--confirm-labels")) == plain
    assert paths(fit(text(data), *SUMS, "--labels", ",".join(labels))) == plain
    assert "is no label of --labels" in fit(text(data), *SUMS, "--labels", ",".join(labels[:4]))


def test_20_rows_of_separators_are_no_respondents(fit):
    told = fit(text(sep=";") + ";;;;;;;;;;\n" * 3, *SUMS)
    assert "80 respondents of 83 lines: 3 empty" in told


def test_21_the_first_line_that_excel_writes(fit):
    assert "80 respondents; separator ;" in fit("sep=;\r\n" + text(sep=";"), *SUMS)


def test_22_calls_from_python():
    data = survey()
    with pytest.raises(InputError, match="give names="):
        loadstone.fit_survey(data[ITEMS].to_numpy(), MODEL, "sumscores")
    with pytest.raises(InputError, match="given as list; give the path of a file, a data frame"):
        loadstone.fit_survey([[1, 2], [3, 4]], MODEL, "sumscores")
    frame = loadstone.fit_survey(data, MODEL, "sumscores").estimates
    array = loadstone.fit_survey(data[ITEMS].to_numpy(), MODEL, "sumscores", names=ITEMS).estimates
    pd.testing.assert_frame_equal(frame, array)
    data.loc[2, "qual1"] = 99
    fits = loadstone.fit_survey(data, MODEL, "sumscores", missing="listwise", missing_codes=99)
    assert fits.survey.n == 79


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--group", ""), "--group is empty; name a column, or leave --group out"),
        (("--profile", " "), "--profile is empty; name parameters, or say paths"),
        (("--folds", 5), "--folds 5 is of predictions, and none is asked for; add --predict"),
        (("--repetitions", 1), "--repetitions 1 is of predictions"),
        (("--antecedents", "earliest"), "--antecedents earliest is of predictions"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(fit, words, told):
    assert told in fit(text(), *SUMS, *words)


@pytest.mark.parametrize("method", ["adf", "wls"])
def test_a_whole_weight_matrix_needs_more_respondents_than_moments(fit, method):
    told = fit(text(survey(30)), "--method", method)
    assert "adf and wls weigh by all variances and covariances of the 9 items, and need more respondents than" in told
    assert "than these 45" in told


def test_measurements_and_sliders_are_on_no_other_scale_for_ending_elsewhere(fit):
    data = survey(200).astype(dict.fromkeys(ITEMS, float))
    draw = np.random.default_rng(2)
    data[ITEMS] = (10 * data[ITEMS] + draw.normal(0, 3, (200, 9))).round(2)
    assert "another scale" not in fit(data.to_csv(index=False), *SUMS)
    data[ITEMS] = data[ITEMS].round()
    assert "another scale" not in fit(data.to_csv(index=False), *SUMS)
    data["qual2"] += 100
    assert "qual2 is answered from" in fit(data.to_csv(index=False), *SUMS)
    assert "another scale" in fit(text(survey().assign(sat2=lambda frame: frame["sat2"] + 1)), *SUMS)


def test_an_intercept_is_sent_to_the_methods_that_fit_it(fit):
    assert "leave it out, or choose ml or mlr" in fit(text(), *SUMS, model=f"{MODEL}\nqual1 ~ 1")
    assert "or choose ml, mlm, mlr, gls or uls" in fit(text(), *SUMS, model=MODEL.replace("+ qual2", "+ 1*qual2"))
