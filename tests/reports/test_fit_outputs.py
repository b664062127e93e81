"""What `loadstone fit` shows: every quantity in its place, flags in words, nothing where a method gives nothing."""

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.own.fits import Fits
from benchmarks.own.fitted import Fitted
from benchmarks.own.fitting import fit_survey
from benchmarks.own.flags import flag_of
from benchmarks.own.wanted import chains_of, targets_of
from estimators.base import Estimates, Status
from estimators.methods import build
from reports.fit import files as fit_files
from reports.fit import page as fit_page
from reports.fit import tables as fit_tables
from reports.fit import text as fit_text
from reports.fit.words import remarks
from reports.printing.terminal import print_table
from reports.printing.typeset import Column, Table
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.surveys.survey import Survey
from tests.cases import REFERENCE, survey

MODEL = Model.parse("A =~ a_1 + a_2 \n S =~ s_1 + s_2 \n P =~ p_1 + p_2 \n S ~ A \n P ~ A + S")
CRM = "A =~ CC1+CC2+CC3+PC1 \n O =~ OGG1+OGG2+OGG3 \n P =~ VA1+VA2+PRO1 \n P ~ A + O"
#: Values that need a flag; every other quantity is 0.8, which needs none.
NOTABLE = {
    "vif(P~S)": 6.2,
    "A=~a_1": 1.04,
    "S=~s_1": 0.41,
    "alpha(P)": 0.62,
    "ave(S)": 0.31,
    "htmt(A,S)": 0.93,
    "htmt(A,P)": 0.87,
}
QUIET = {"ave": 0.8, "vif": 1.3, "htmt": 0.5, "htmt_abs": 0.5, "htmt2": 0.5, "df": 6.0, "chisq": 12.5, "path": 0.3}


def everything(label, settings, status=Status.OK, resamples=-1, without=()):
    """A method that gives every quantity there is, but for the kinds `without`."""
    targets = targets_of(MODEL)
    value = np.array([[np.nan if t.kind in without else NOTABLE.get(t.name, QUIET.get(t.kind, 0.8)) for t in targets]])
    some = np.ones((1, len(MODEL.items)), dtype=bool)
    estimates = Estimates(
        targets,
        value,
        np.array([status], dtype=np.int8),
        some,
        np.zeros((1, 3), dtype=bool),
        se=np.where(np.isnan(value), np.nan, 0.1),
        lower=value - 0.2,
        upper=value + 0.2,
        p_value=np.where(np.isnan(value), np.nan, 0.0001),
        resamples=np.array([resamples], dtype=np.int32),
    )
    return Fitted(label, build("pls", settings, 0.95), MODEL, estimates)


def test_a_test_and_an_interval_that_disagree_are_told():
    def told(**parts):
        one = everything("All", {})
        full = {part: np.full(one.estimates.value.shape, value) for part, value in parts.items()}
        return " ".join(Fitted("All", one.method, MODEL, replace(one.estimates, **full)).remarks)

    assert "test and 95% interval disagree on S~A, P~A, P~S" in told(p_value=0.053, lower=0.07, upper=0.81)
    assert "disagree on S~A" in told(p_value=0.04, lower=-0.01, upper=0.81)
    assert told(p_value=0.04, lower=0.01, upper=0.81) == ""
    assert told(p_value=0.06, lower=-0.01, upper=0.81) == ""


def test_numbers_stand_whole_on_the_terminal_and_texts_fold():
    ranges = tuple(Column(head, "count") for head in ("median", "80% range", "95% range", "error of the ends"))
    row = ("power for LEAD -> CLIM, where it is not 0", "100.0 ± 0.7%", "83.6 to 100.0%", "36.5 to 100.0%", "21.4%")
    console = Console(width=80, file=io.StringIO(), color_system=None)
    print_table(console, Table("answers", "Every answer", "", (Column("answer"), *ranges), (row,)))
    first = next(line for line in console.file.getvalue().splitlines() if line.strip().startswith("power"))
    assert all(number in first for number in row[1:])


@pytest.fixture(scope="module")
def full():
    """Two methods, one inadmissible with every quantity, one that has fewer."""
    answers = np.arange(60).reshape(10, 6) % 7
    surveyed = Survey("my_survey.csv", Batch.of(answers), 10, 10, "no missing answers")
    rich = everything("All", {"resamples": 500}, Status.INADMISSIBLE, 467)
    poor = everything("Few", {}, without=("cfi", "tli", "rmsea", "omega", "htmt2", "weight"))
    return Fits(surveyed, MODEL, 0.95, (rich, poor))


def printed(fits, width=80, details=True):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    fit_text.show(fits, console, details)
    return console.file.getvalue()


def test_targets_are_every_quantity_of_the_field_and_the_model_has_them_all():
    names = [target.name for target in targets_of(MODEL)]
    assert len(set(names)) == len(names)
    assert [MODEL.target(name).name for name in names] == names
    assert {"f2(P~A)", "vif(P~S)", "total(A->P)", "A->S->P", "htmt2(A,P)", "fornell_larcker(S)", "rmsea"} <= set(names)
    assert set(MODEL.targets) <= set(targets_of(MODEL))


def test_chains_of_a_longer_model():
    model = Model.parse("A=~a\nB=~b\nC=~c\nD=~d\nB~A\nC~A+B\nD~C")
    assert set(chains_of(model)) == {
        ("A", "B", "C"), ("A", "B", "C", "D"), ("A", "C", "D"), ("B", "C", "D"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text", "impossible"),
    [
        ("A=~a_1", 0.69, "under 0.70", False),
        ("A=~a_1", 0.70, None, False),
        ("A=~a_1", 1.001, "beyond 1", True),
        ("A=~a_1", -1.2, "beyond -1", True),
        ("A~~S", -1.1, "beyond -1", True),
        ("rho_a(A)", 1.2, "beyond 1", True),
        ("alpha(A)", -0.1, "below 0 (possible: items run against each other)", False),
        ("A=~a_1", -0.8, "below 0: against its construct (worded the other way? then --reverse)", False),
        ("f2(P~A)", -0.1, "negative", True),
        ("htmt(A,S)", -1.1, "beyond -1", True),
        ("htmt2(A,S)", 1.1, "beyond 1", True),
        ("vif(P~A)", 0.9, "below 1", True),
        ("adj_r2(P)", -0.1, None, False),
        ("chisq_bartlett", -3.0, "negative", True),
        ("ave(A)", 0.49, "under 0.50", False),
        ("htmt(A,S)", 0.86, "above 0.85", False),
        ("htmt(A,S)", 0.91, "above 0.90", False),
        ("htmt(A,S)", -0.952, "above 0.90", False),
        ("fornell_larcker(A)", -0.01, "under 0 (a correlation exceeds the root of the AVE)", False),
        ("vif(P~A)", 5.1, "above 5", False),
        ("P~A", 0.01, None, False),
        ("r2(P)", 1.0 + 1e-12, None, False),
        ("A=~a_1", np.nan, None, False),
    ],
)
def test_flags(name, value, text, impossible):
    flag = flag_of(MODEL.target(name), value, MODEL)
    assert (flag and flag.text, bool(flag and flag.impossible)) == (text, impossible)


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_shows_it_within_the_width_and_the_first_look_on_a_screen(full, width):
    text = printed(full, width)
    assert max(map(len, text.splitlines())) <= width
    assert not re.search(r"\bnan\b", text, re.I)
    assert text.splitlines()[-1].startswith("* a rule of thumb is not met")
    for word in ("A → S → P", "all indirect", "omega", "HTMT2", "R²", "f²", "VIF", "RMSEA", "12.50, p <0.001"):
        assert word in text
    first = printed(full, width, details=False)
    assert len(first.splitlines()) <= 50
    assert text.startswith(first)


@pytest.mark.parametrize("methods", ["ml", "ml[resamples=25]", "mlr[inference=jackknife]"])
def test_rmsea_has_its_own_interval_however_the_rest_is_inferred(methods):
    fits = fit_survey(survey("crm_000"), CRM, methods=methods, level=0.95)
    assert "RMSEA, 90% interval" in fit_page.page(fits)
    row = fits.fit.set_index("target").loc["rmsea"]
    assert row["lower"] <= row["value"] <= row["upper"]


def test_remarks_name_what_cannot_exist_and_count_lost_resamples(full):
    text = " ".join(printed(full, 200).split())
    assert "correlation beyond 1): A=~a_1 = 1.040; 33 of 500 bootstrap resamples gave no usable estimate" in text
    assert "loadings under 0.70: s_1 0.410" in text
    assert "AVE under 0.50: S 0.310" in text
    assert "VIF above 5: S → P 6.200" in text
    assert "HTMT above 0.90: A and S 0.930; HTMT above 0.85: A and P 0.870" in text
    assert "loadings beyond 1: a_1 1.040" in text  # of the method whose status does not say so


def test_what_no_method_gives_does_not_show(full):
    few = Fits(full.survey, MODEL, 0.95, (full.fitted[1],))
    text = printed(few)
    assert "omega" not in text
    assert "RMSEA" not in text
    assert "Method" not in text
    assert "omega" not in fit_page.page(few)
    assert "omega" not in few.reliabilities


def test_more_methods_than_fit_side_by_side_go_on_below(full):
    many = tuple(everything(f"Method {k}", {"tolerance": 10.0**-k}) for k in range(3, 10))
    text = printed(Fits(full.survey, MODEL, 0.95, many), 80, details=False)
    assert all(f"Method {k}" in text for k in range(3, 10))
    assert max(map(len, text.splitlines())) <= 80


class _Page(HTMLParser):
    """Links and tags of a page; every opened element must be closed."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.captions = [], [], 0

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset")]
        self.captions += tag == "caption"
        if tag not in ("meta", "link", "img", "source", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "path":
            assert self.open.pop() == tag


def test_the_page_needs_nothing_else_and_has_every_table(full):
    page = _Page()
    text = fit_page.page(full)
    page.feed(text)
    assert page.open == []
    assert all(link.startswith("data:") for link in page.links)
    assert "<script" not in text
    assert page.captions == len(fit_tables.tables(full))
    assert text.index("<figure") < text.index("<table")
    assert text.count("data:image/svg+xml") == 6
    assert not re.search(r"\bnan\b", re.sub(r"data:[^\"]*", "", text), re.I)


def test_the_page_escapes_names(full):
    named = Survey("<b>&.csv", full.survey.batch, 10, 10, "no missing answers")
    assert "&lt;b&gt;&amp;.csv" in fit_page.page(Fits(named, MODEL, 0.95, full.fitted))


def test_csv_is_tidy_and_in_full(full):
    rows = list(csv.DictReader(io.StringIO(fit_files.as_csv(full))))
    assert list(rows[0])[:9] == ["method", "target", "kind", "value", "se", "lower", "upper", "p_value", "flag"]
    by_name = {(row["method"], row["target"]): row for row in rows}
    assert by_name["All", "A=~a_1"]["flag"] == "beyond 1"
    assert float(by_name["All", "htmt(A,S)"]["value"]) == 0.93
    assert ("Few", "rmsea") not in by_name
    assert {row["status"] for row in rows if row["method"] == "All"} == {"INADMISSIBLE"}


def test_latex_has_balanced_tables_and_escaped_names(full):
    text = fit_files.as_tex(full)
    begun, ended = re.findall(r"\\begin\{(\w+)\}", text), re.findall(r"\\end\{(\w+)\}", text)
    assert sorted(begun) == sorted(ended)
    assert begun.count("tabular") == len(fit_tables.tables(full))
    assert r"a\_1" in text
    assert not re.search(r"(?<!\\)_(?![^{}]*\})", re.sub(r"\\label\{[^}]*\}", "", text))
    for line in re.findall(r"^[^%\\].*&.*$", text, re.M):
        assert line.endswith(r"\\")


@pytest.mark.parametrize("suffix", [".csv", ".html", ".tex"])
def test_one_file_by_its_ending(full, tmp_path, suffix):
    assert fit_files.write(full, tmp_path / f"mine{suffix}") == [tmp_path / f"mine{suffix}"]
    assert [path.name for path in tmp_path.iterdir()] == [f"mine{suffix}"]


def test_a_folder_gets_all_three_or_none(full, tmp_path):
    written = fit_files.write(full, tmp_path / "new" / "folder")
    analyses = [f"fit-{name.replace('_', '-')}.csv" for name, frame in full.tables.items() if len(frame)]
    assert [path.name for path in written] == ["fit.html", "fit.csv", "fit.tex", *analyses]
    blocked = tmp_path / "blocked"
    (blocked / "fit.tex").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be written"):
        fit_files.write(full, blocked)
    assert not (blocked / "fit.html").is_file()
    with pytest.raises(InputError, match=r"ends in \.html, \.csv, \.tex"):
        fit_files.write(full, tmp_path / "fit.pdf")


def test_data_frames_agree_with_the_methods_themselves():
    fits = fit_survey(survey("crm_000"), CRM, ("pls", "ml"), resamples=60)
    paths = fits.paths.set_index(["method", "outcome", "predictor"])
    tidy = fits.estimates.set_index(["method", "target"])
    model = Model.parse(CRM)
    alone = build("ml", {}, 0.95).estimator.fit(Batch.of(survey("crm_000")[list(model.items)].to_numpy(np.int8)), model)
    assert paths.loc[("ML SEM", "P", "A"), "value"] == alone.value[0, alone.column("P~A")]
    assert tidy.loc[("ML SEM", "r2(P)"), "se"] == alone.se[0, alone.column("r2(P)")]
    assert fits.loadings.set_index(["method", "item"]).loc[("PLS", "CC1"), "construct"] == "A"
    assert (
        fits.reliabilities.set_index(["method", "construct"]).loc[("PLS", "A"), "ave"]
        == tidy.loc[("PLS", "ave(A)"), "value"]
    )
    assert fits.fit.set_index(["method", "target"]).loc[("ML SEM", "chisq"), "p_value"] < 1
    assert set(fits.correlations["first"]) == {"A", "O"}
    assert fits.effects.empty
    flags = fits.flags.set_index(["method", "target"])["flag"]
    assert flags["ML SEM", "O=~OGG1"] == "beyond 1"
    assert any("O=~OGG1 = 2.976" in each for each in flags.loc[[("ML SEM", "")]])
    assert not fits.estimates["value"].isna().any()
    assert repr(fits) == "Fits of PLS, ML SEM to data frame: 72 respondents"


def test_the_same_from_a_path_text_or_model_and_the_same_seed():
    data = REFERENCE / "data" / "crm_000.csv"
    given = [(data, CRM), (str(data), Model.parse(CRM)), (survey("crm_000"), CRM)]
    tables = [fit_survey(source, model, "pls", resamples=30).estimates for source, model in given]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    other = fit_survey(data, CRM, "pls", resamples=30, seed=2).estimates
    assert not other["se"].equals(tables[0]["se"])


def test_the_level_reaches_every_method():
    wide = fit_survey(survey("crm_000"), CRM, "pls,ml,sumscores", resamples=40, level=0.99).paths
    narrow = fit_survey(survey("crm_000"), CRM, "pls,ml,sumscores", resamples=40, level=0.8).paths
    assert ((wide["upper"] - wide["lower"]) > (narrow["upper"] - narrow["lower"])).all()
    with pytest.raises(InputError, match="between 0 and 1"):
        fit_survey(survey("crm_000"), CRM, level=95)


def test_a_model_without_paths_and_one_with_a_composite():
    factors = fit_survey(survey("crm_000"), "A =~ CC1+CC2+CC3 \n P =~ VA1+VA2+VPC1", "ml,sumscores")
    text = printed(factors)
    assert "Paths" not in text
    assert "correlation" in text
    assert "<table" in fit_page.page(factors)
    formed = fit_survey(survey("crm_000"), "A <~ CC1+CC2+CC3 \n P =~ VA1+VA2+VPC1 \n P ~ A", "pls", resamples=30)
    assert "Weights" in printed(formed)
    assert not any("(A)" in target or "A=~" in target for target in formed.flags["target"])
    assert "Weights" not in printed(fit_survey(survey("crm_000"), CRM, "pls", resamples=30))


def test_items_dropped_by_a_screening_are_named():
    fits = fit_survey(survey("crm_000"), CRM, ["pls[screening={threshold=0.7}]"], resamples=40)
    dropped = fits.fitted[0].dropped
    assert "PRO1" in dropped
    assert f"items dropped by its screening: {', '.join(dropped)}" in printed(fits, 300)
    assert set(fits.loadings["item"]).isdisjoint(dropped)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_of_a_head_is_broken_however_narrow_the_terminal(full, width):
    """Eight methods with a setting in their names: columns without room go on below, with the texts of the rows."""
    many = tuple(
        everything(f"Method {k} (Yuan-Bentler) (test=unstandardised)", {"tolerance": 10.0**-k}) for k in range(3, 11)
    )
    text = printed(Fits(full.survey, MODEL, 0.95, many), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("(test=unstandardised)") == text.count("(Yuan-Bentler)") > 8 * 5
    loadings = text.partition("\nLoadings\n")[2].partition("\n\n")[0]
    assert loadings.count("a_1") == loadings.count("Item") > 1


def test_the_terminal_tells_once_what_is_one_for_several_methods():
    """PLSc has the scores of PLS, so that cross-loadings and, of the same resamples, HTMT are one; a file has both."""
    fits = fit_survey(survey("crm_000"), CRM, methods="pls,plsc,ml", resamples=20)
    tables = {table.name: table for table in fit_tables.tables(fits)}
    assert [head for head, _ in tables["cross-loadings"].groups] == ["PLS, PLSc"]
    assert len(tables["cross-loadings"].rows) == len(fits.model.items)
    assert set(fits.cross_loadings["method"]) == {"PLS", "PLSc"}
    alone = fit_survey(survey("crm_000"), CRM, methods="pls,gsca", resamples=20)
    heads = [head for head, _ in {t.name: t for t in fit_tables.tables(alone)}["cross-loadings"].groups]
    assert heads == ["PLS", "GSCA"]


def test_a_remark_on_several_methods_is_told_once(full):
    one, other = everything("One", {}), everything("Other", {}, without=("htmt",))
    told = dict(remarks(Fits(full.survey, MODEL, 0.95, (one, other)), 3))
    assert "AVE under 0.50: S 0.310" in told["all methods"]
    assert [label for label, each in told.items() for remark in each if remark.startswith("HTMT above")] == ["One"] * 2
    third = everything("Third", {}, without=("ave",))
    told = dict(remarks(Fits(full.survey, MODEL, 0.95, (one, other, third)), 3))
    assert "AVE under 0.50: S 0.310" in told["One, Other"]
