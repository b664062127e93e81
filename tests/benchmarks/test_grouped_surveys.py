"""`--group COLUMN`: how a column of groups is read, what is shown of it, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import loadstone as ls
from benchmarks.own.groups.analyses import ANALYSES
from estimators.composites.pls import PLS
from estimators.groups.distances import group_distances
from estimators.groups.permuted import Permuted, generator_of
from reports.fit import files as fit_files
from reports.fit.groups import group_tables
from sim.surveys.cells.table import Column
from sim.surveys.groups import MOST, _label, read_groups
from tests.own_survey import ITEMS, MODEL, survey

STRUCTURE = ls.fit(survey(), MODEL, methods="pls", resamples=20).model


def fit(data, **options):
    return ls.fit(data, MODEL, **{"methods": "pls", "resamples": 20, "group": "sexe", **options})


def test_groups_are_batches_of_their_own_and_the_pooled_fit_stays_what_it_is_without_groups():
    data = survey()
    found = fit(data, methods=["pls", "ml"])
    assert found.estimates.equals(ls.fit(data, MODEL, methods=["pls", "ml"], resamples=20).estimates)
    groups = found.groups.survey
    assert groups.labels == ("F", "H")  # in the order of their appearance
    for k, label in enumerate(groups.labels):
        own = data[data["sexe"] == label][ITEMS].to_numpy()
        assert_array_equal(groups.groups[k].batch.raw[0], own)
        assert_array_equal(groups.pooled.batch.raw[0][groups.members == k], own)
        alone = ls.fit(data[data["sexe"] == label], MODEL, methods="ml").by_name["ML SEM", "SAT~QUAL"]
        rows = found.groups["estimates"].set_index(["method", "target", "group"])
        assert rows.loc[("ML SEM", "SAT~QUAL", label), "value"] == alone.value
        assert rows.loc[("ML SEM", "SAT~QUAL", label), "se"] == alone.se


def test_labels_of_the_whole_survey_are_read_in_every_group_alike():
    data = survey()
    data["sexe"] = np.where(data["sexe"] == "F", 2, 1)
    reverse = fit(data, reverse="sat1", missing="refuse")
    straight = fit(data.assign(sat1=6 - data["sat1"]))  # one group's own ends could differ
    assert reverse.groups["estimates"].equals(straight.groups["estimates"])
    assert reverse.groups.survey.labels == ("2", "1")


def test_missing_answers_are_handled_within_groups_and_blank_groups_left_out():
    data = survey()
    data.loc[[0, 5], "qual1"] = np.nan
    data["sexe"] = data["sexe"].where(data.index != 9)
    found = fit(data, missing="listwise").groups.survey
    assert found.sizes == (39, 38)
    assert found.left == 1
    assert len(found.members) == found.pooled.n == 77
    assert_array_equal(np.bincount(found.members), found.sizes)
    means = fit(data, missing="mean").groups.survey
    women = data[data["sexe"] == "F"]["qual1"]
    assert means.groups[0].batch.raw[0][0, 0] == pytest.approx(women.mean(), rel=1e-15)
    silent = data.copy()
    silent.loc[20, ITEMS] = np.nan
    assert fit(silent, missing="mean").groups.survey.sizes == (39, 39)


SEX = survey()["sexe"]
REFUSED = {
    "absent": ({}, "sex", "no column is called so; did you mean 'sexe'?"),
    "item": ({}, "qual1", "that column is an item of the model"),
    "one value": ({"sexe": "H"}, "sexe", "every respondent has H there; groups need a column with two values or more"),
    "many values": (
        {},
        "id",
        f"80 different values, as a measurement has; groups need a column of few (at most {MOST})",
    ),
    "blanks": (
        {"sexe": SEX.where(SEX.index != 3)},
        "sexe",
        "1 respondent has no group (first in row 4); fill it in, or",
    ),
    "empty": ({"sexe": None}, "sexe", "that column is empty"),
    "tiny": ({"sexe": ["a"] * 2 + ["b"] * 78}, "sexe", "groups are too small (a 2); each needs at least 3 respondents"),
    "too small": ({"sexe": ["a"] * 8 + ["b"] * 72}, "sexe", "--group sexe a: ML SEM cannot estimate these data (n = 8"),
    "constant": (
        {"qual2": survey()["qual2"].where(SEX == "H", 3)},
        "sexe",
        "sexe F: every respondent answers qual2 alike",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_column_that_makes_no_groups_is_told(what):
    changes, column, words = REFUSED[what]
    with pytest.raises(ls.InputError) as raised:
        fit(survey().assign(**changes), group=column, methods="ml")
    assert words in str(raised.value)


def test_two_columns_of_one_name_are_told():
    data = survey()
    data.insert(0, "sexe", "x", allow_duplicates=True)
    with pytest.raises(ls.InputError, match="stands there twice"):
        fit(data)


def test_every_analysis_is_shown_on_page_terminal_csv_and_latex(command, capsys, tmp_path):
    survey().assign(sexe=np.where(SEX == "F", "=F<b>", "H_&")).to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "model.txt").write_text(MODEL)
    options = ["--method", "pls,ml", "--group", "sexe", "--resamples", "20", "--out", str(tmp_path / "out")]
    command("fit", str(tmp_path / "mine.csv"), "--model", str(tmp_path / "model.txt"), *options)
    told = capsys.readouterr().out
    page = (tmp_path / "out" / "fit.html").read_text()
    latex = (tmp_path / "out" / "fit.tex").read_text()
    assert "=F&lt;b&gt;" in page
    assert "<b>F" not in page
    assert r"H\_\&" in latex
    for each in ANALYSES:
        assert each.title in told
        assert each.title in page
        assert each.title in latex
        table = pd.read_csv(tmp_path / "out" / f"group-{each.name.replace('_', '-')}.csv")
        assert list(table) == ["method", *(column.name for column in each.columns)]
    assert pd.read_csv(tmp_path / "out" / "group-estimates.csv")["group"].tolist()[0] == "'=F<b>"


def test_one_method_needs_no_column_of_methods_and_a_single_file_no_others(tmp_path):
    found = fit(survey())
    assert all("Method" not in [column.header for column in table.columns] for table in group_tables(found))
    assert fit_files.write(found, tmp_path / "only.csv") == [tmp_path / "only.csv"]
    assert not group_tables(ls.fit(survey(), MODEL, methods="ml"))


def test_reading_needs_no_method(tmp_path):
    survey().to_csv(tmp_path / "mine.csv", index=False)
    found = read_groups(tmp_path / "mine.csv", STRUCTURE, "sexe", 1)
    assert found.sizes == (40, 40)
    assert "sexe" not in found.pooled.answers.words


# --- what is compared ---


def pair_of(data, methods, **options):
    return fit(data, methods=methods, resamples=60, **options).groups


def test_the_tables_of_composites_are_those_of_the_functions_on_the_two_groups():
    groups = pair_of(survey(), "pls")
    split = Permuted.of(
        groups.survey.pooled.batch.raw[0],
        groups.survey.members,
        60,
        generator_of(groups.survey.pooled.batch.address, 1),
        np.ones(9, dtype=bool),
        STRUCTURE.items,
    )
    d_g, d_l = group_distances(PLS(), split, STRUCTURE)
    table = groups["distances"].set_index("distance")
    assert table.loc["d_G", "value"] == pytest.approx(d_g[0], rel=1e-12)
    assert table.loc["d_L", "p"] == pytest.approx(np.mean(d_l >= d_l[0]), abs=1e-12)
    difference = groups["differences"].set_index("path").loc["FID~SAT"]
    rows = groups["estimates"].set_index(["target", "group"])["value"]
    assert difference["difference"] == pytest.approx(rows["FID~SAT", "F"] - rows["FID~SAT", "H"], abs=1e-12)
    assert list(groups["micom"]["construct"]) == list(STRUCTURE.constructs)
    assert set(groups["micom"]["invariance"]) <= {"full", "partial", "none"}


def test_a_mean_that_differs_and_weights_that_differ_are_found():
    data = survey(n=300)
    higher = data.copy()
    higher.loc[higher["sexe"] == "F", ["sat1", "sat2", "sat3"]] += 1
    table = fit(higher, resamples=99).groups["micom"].set_index("construct")
    assert table.loc["SAT", "mean_p"] == 0.01
    assert table.loc["SAT", "invariance"] == "partial"
    turned = data.copy()
    women = turned["sexe"] == "F"
    turned.loc[women, "qual1"] = np.random.default_rng(1).permutation(turned.loc[women, "qual1"])
    assert fit(turned, resamples=99).groups["micom"].set_index("construct").loc["QUAL", "invariance"] == "none"


def test_three_groups_are_compared_two_by_two_and_all_at_once():
    data = survey(n=120).assign(sexe=np.arange(120) % 3)
    groups = pair_of(data, "pls")
    assert list(dict.fromkeys(groups["differences"]["groups"])) == ["0 - 1", "0 - 2", "1 - 2"]
    assert len(groups["distances"]) == 2


def test_methods_without_composites_are_compared_by_their_paths_and_the_rest_is_told():
    groups = pair_of(survey(), ["ml", "sumscores"])
    assert set(groups.tables) == {"estimates", "differences", "invariance", "construct_means"}
    assert any("it is about composites of the answers" in told for told in groups.left)
    assert groups["differences"]["parametric_p"].notna().all()
    with pytest.raises(ls.InputError, match="'micom' of groups is not there"):
        groups["micom"]


def test_what_cannot_be_exchanged_is_told():
    data = survey()
    data.loc[[0, 5], "qual1"] = np.nan
    for missing, methods in (("fiml", "ml"), ("pairwise", "sumscores")):
        groups = pair_of(data, methods, missing=missing)
        assert set(groups.tables) == {"estimates"}
        assert any("which needs complete answers; choose --missing listwise or mean" in told for told in groups.left)
    second = MODEL.replace("FID ~ QUAL + SAT", "G =~ QUAL + SAT\nFID ~ G").replace("SAT ~ QUAL\n", "")
    two_stages = ls.fit(survey(), second, methods="pls", group="sexe", resamples=20).groups
    assert set(two_stages.tables) == {"estimates", "differences"}
    screened = pair_of(survey(), "pls[screening={threshold=0.5}]")
    assert any("every group must keep the same items" in told for told in screened.left)


def test_a_group_is_called_what_the_file_calls_its_value():
    column = Column("sector", 1, (2.0, 1.0, -9.0), np.array([0, 1]), {1.0: "public", 2.0: "private  firms"})
    assert [_label(column, code) for code in (0, 1, 2)] == ["private firms", "public", "-9"]


@pytest.mark.parametrize("method", ["pls", "sumscores"])
def test_products_are_compared_as_other_paths_are(method):
    data = survey()
    model = "Q =~ qual1+qual2+qual3\nS =~ sat1+sat2+sat3\nF =~ fid1+fid2+fid3\nF ~ Q + S + Q:S"
    found = ls.fit(data, model, methods=method, resamples=20, group="sexe")
    row = found.groups["differences"].set_index("path").loc["F~Q:S"]
    each = [
        ls.fit(data[data["sexe"] == label], model, methods=method, resamples=20).by_name[found.methods[0], "F~Q:S"]
        for label in "FH"
    ]
    assert (row["first"], row["second"]) == pytest.approx(tuple(one.value for one in each), abs=1e-12)
    assert 0 < row["permutation_p"] <= 1
    estimates = found.groups["estimates"].set_index(["target", "group"])["value"]
    assert estimates["F~Q:S", "H"] == pytest.approx(each[1].value, abs=1e-12)


def test_invariance_says_why_it_is_left_out():
    data = survey()
    products = ls.fit(data, MODEL + "\nFID ~ QUAL:SAT", methods="ml", group="sexe", resamples=20).groups.left
    assert "Measurement invariance of ML SEM: the model has the product FID~QUAL:SAT; leave it out" in products
    data.loc[0, ITEMS[0]] = np.nan
    told = fit(data, methods="ml", missing="fiml").groups.left
    assert any(
        each == "Measurement invariance of ML SEM, FIML: groups are fitted together on complete answers, by ml and "
        "mlr; choose --missing listwise"
        for each in told
    )
