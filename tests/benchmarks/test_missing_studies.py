"""Missing answers in studies: every method with every handling, what is counted and stored, and replay as a survey."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.evaluation.described import describe
from benchmarks.own.fitting import fit_survey
from benchmarks.run import runner
from benchmarks.run.replay import replay
from benchmarks.study import study
from estimators.base import PARTS, Estimates, Status
from estimators.catalogue import ESTIMATORS
from estimators.entry import Entry
from estimators.incomplete.pairs import takes_pairs
from estimators.methods import build
from estimators.wrappers.handled import Handled
from estimators.wrappers.handlings import HANDLINGS
from sim import catalogue, missing
from sim.answers.missingness import Missingness
from sim.batch import Batch, Moments
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.streams import Address
from tests.bad_input import Refused, assert_says, changed
from tests.ways_of_answering import MINE, STUDY, written

#: The population of the response studies, answered as meant, with some answers missing.
MEANT = MINE[: MINE.index("[responses]")]
HOLED = MEANT + "[missing]\nshare = 0.03\nitems = { x3 = 0.1 }\n"
CRM = catalogue.population("crm-clusters")
ADDRESS = Address(3, "7b" * 32)
#: Three forms that leave out a part of each block, so that every pair of items stands together on one of them.
FORMS = (("CC1", "OGG1", "VA1"), ("CC2", "OGG2", "VA2"), ())


def load(folder: Path, methods: str, population: str = HOLED, text: str = STUDY) -> study.Study:
    return study.load(written(folder, population, text + methods))


def measured(folder: Path, loaded: study.Study) -> pd.DataFrame:
    """The measures by method and measure."""
    runner.run(loaded, folder / "results", 1, Console(quiet=True))
    table = pd.read_parquet(folder / "results" / "measures.parquet")
    return table.set_index(["method", "measure"]).sort_index()


def values(table: pd.DataFrame, method: str, measure: str) -> np.ndarray:
    return np.asarray(table.loc[[(method, measure)], "value"])


def drawn(ways: Missingness, n: int = 60, size: int = 12) -> Batch:
    return draw_block(replace(CRM, missing=ways), n, ADDRESS, 0, size)


def assert_same(one: Estimates, other: Estimates) -> None:
    """To the last bit."""
    for part in ("value", "se", "lower", "upper", "p_value", "status", "retained", "short", "resamples", "respondents"):
        assert np.array_equal(getattr(one, part), getattr(other, part), equal_nan=part not in ("status",)), part


# --- every method with every handling ---


def _is_refused(entry: Entry, handling: str) -> bool:
    """Whether a method cannot do with what a handling leaves."""
    if entry.ordinal:
        return handling != "listwise" and not (handling == "pairwise" and takes_pairs(entry.estimator))
    return entry.answers and handling == "pairwise"


@pytest.mark.parametrize("handling", HANDLINGS)
def test_every_method_takes_every_handling_or_is_refused_by_name(handling: str, tmp_path: Path) -> None:
    taken = ""
    for name, entry in ESTIMATORS.items():
        method = f'[methods.{name}]\nmissing = "{handling}"\n'
        if _is_refused(entry, handling):
            with pytest.raises(InputError, match=rf"methods.{name}: {name} needs .*missing = '{handling}' leaves"):
                load(tmp_path, method)
        else:
            taken += method
    table = measured(tmp_path, load(tmp_path, taken))
    for name in table.index.unique(0):
        assert (values(table, name, "convergence_rate") > 0).all(), name
        (used,) = values(table, name, "respondents_used")
        some = handling == "listwise" or (handling == "pairwise" and not ESTIMATORS[name].ordinal)
        assert {"listwise": 80 < used < 140, "pairwise": 110 < used < 145}[handling] if some else used == 150, name
        assert np.isfinite(values(table, name, "limit_after_cut")).all()


@pytest.mark.parametrize("handling", HANDLINGS)
@pytest.mark.parametrize(
    "settings", ["resamples = 20", 'inference = "jackknife"', "bollen_stine = 20", "screening = { threshold = 0.6 }"]
)
def test_every_wrapper_takes_every_handling_or_is_refused(handling: str, settings: str, tmp_path: Path) -> None:
    method = f'[methods.ml]\nmissing = "{handling}"\n{settings}\n'
    text = changed(STUDY, ('"r2(G)"]', '"r2(G)", "chisq"]'))
    if handling == "pairwise" and "screening" not in settings:
        with pytest.raises(InputError, match=r"methods.ml: ml with .* needs the answers themselves"):
            load(tmp_path, method, text=text)
        return
    loaded = load(tmp_path, method, text=text)
    table = measured(tmp_path, loaded)
    assert values(table, "ml", "convergence_rate") == [1]
    if "jackknife" in settings:
        assert values(table, "ml", "resamples_lost") == [0]
    if "screening" in settings:
        assert ("ml", "items_dropped") in table.index


def test_heteroskedasticity_consistent_errors_need_the_answers(tmp_path: Path) -> None:
    method = '[methods.sumscores]\nerrors = "hc3"\nmissing = "pairwise"\n'
    with pytest.raises(InputError, match="sumscores with errors = 'hc3' needs the answers themselves"):
        load(tmp_path, method)


def test_methods_that_say_nothing_leave_incomplete_respondents_out(tmp_path: Path) -> None:
    loaded = load(tmp_path, '[methods.pls]\n[methods.again]\nestimator = "pls"\nmissing = "listwise"\n')
    first, second = loaded.methods
    assert first.missing == second.missing == "listwise"
    assert first.label == second.label == "PLS, listwise"
    told = describe.description(loaded)
    assert told["methods"]["pls"]["description"].endswith("respondents with any missing answer are left out")
    assert told["notes"][-1].endswith("world: missing answers: a share of 0.03, of x3 0.1.")
    plain = load(tmp_path, "[methods.pls]\n", MEANT).methods[0]
    assert plain.missing is None
    assert not isinstance(plain.estimator, Handled)


def test_a_share_of_nothing_is_the_population_without_the_section(tmp_path: Path) -> None:
    varied = HOLED + '[factors.lost]\nsets = "missing.share"\nlevels = [0.05, 0.0]\n'
    text = changed(STUDY, ("[estimands]", "[data.factors]\nlost = [0.05, 0.0]\n[estimands]"))
    some, rest = load(tmp_path, "[methods.ml]\n", changed(varied, ("items = { x3 = 0.1 }\n", "")), text).cells
    (plain,) = load(tmp_path, "[methods.ml]\n", MEANT).cells
    assert rest.key == plain.key != some.key
    assert draw_block(rest.population, 20, ADDRESS, 0, 3).missing is None
    # Complete data sets under a handling are estimated as ever.
    batch, model = draw_block(plain.population, 40, ADDRESS, 0, 5), plain.population.model
    for handling in HANDLINGS:
        handled = build("ml", {"missing": handling}, 0.95).estimator.fit(batch, model)
        assert (handled.respondents == 40).all()
        assert_same(handled.replaced(respondents=np.empty(0)), build("ml", {}, 0.95).estimator.fit(batch, model))


def test_factors_set_shares_items_and_what_missing_answers_depend_on(tmp_path: Path) -> None:
    factors = {"missing.items.y1": "[0.1, 0.3]", "missing.depends_on": '["x1", "x2"]', "missing.strength": "[0.0, 1.0]"}
    tables = "".join(f'[factors.f{i}]\nsets = "{k}"\nlevels = {v}\n' for i, (k, v) in enumerate(factors.items()))
    text = changed(STUDY, ("[estimands]", '[data.factors]\nf0 = [0.3]\nf1 = ["x2"]\nf2 = [0.0, 1.0]\n[estimands]'))
    first, second = load(tmp_path, "[methods.ml]\n", HOLED + tables, text).cells
    assert second.population.missing == Missingness(0.03, {"x3": 0.1, "y1": 0.3}, "x2", 1.0)
    assert second.population.missing.shares(second.population.model.items).tolist() == [
        0.03,
        0,
        0.1,
        *[0.03] * 3,
        0.3,
        *[0.03] * 2,
    ]
    assert first.key != second.key


# --- what the wrapper does, against each data set alone ---


def plainly(handling: str, answers: np.ndarray) -> np.ndarray | Moments:
    """One data set (n, p), NaN where missing, after the handling."""
    if handling == "listwise":
        return answers[missing.complete(answers)].astype(np.int8)
    if handling == "pairwise":
        return missing.pairwise_moments(answers)
    return missing.with_item_means(answers) if handling == "mean" else missing.with_predictions(answers)


@pytest.mark.parametrize("handling", HANDLINGS)
@pytest.mark.parametrize(
    "ways", [Missingness(share=0.02), Missingness(share=0.01, forms=FORMS)], ids=["share", "forms"]
)
def test_each_data_set_is_handled_alone(handling: str, ways: Missingness) -> None:
    batch, model = drawn(ways), CRM.model
    settings = {"missing": handling} | ({} if handling == "pairwise" else {"resamples": 30})
    method = build("ml", settings, 0.95).estimator
    whole = method.fit(batch, model)
    assert isinstance(method, Handled)
    assert (whole.status != Status.OK).sum() < 12
    for r in range(12):
        assert_same(method.fit(batch.rows(slice(r, r + 1)), model), whole.rows(slice(r, r + 1)))
        answers = np.where(batch.missing[r], np.nan, batch.answers[r])  # type: ignore[index]
        left = plainly(handling, answers)
        if isinstance(left, Moments):
            alone, n = Batch.of_moments(left), left.n
        else:
            alone, n = Batch.of(left, [r], ADDRESS), len(left)
        if not whole.fatal[r]:
            expected = method.inner.fit(alone, model)
            assert_same(expected.replaced(respondents=np.array([n])), whole.rows(slice(r, r + 1)))
        assert whole.respondents[r] == n


def test_data_sets_without_holes_are_those_of_the_complete_population() -> None:
    batch, complete = drawn(Missingness(share=0.0005), size=40), draw_block(CRM, 60, ADDRESS, 0, 40)
    untouched = ~batch.missing.any(axis=(1, 2))  # type: ignore[union-attr]
    assert 5 < untouched.sum() < 35
    for handling in HANDLINGS:
        settings = {} if handling == "pairwise" else {"resamples": 20}
        plain = build("plsc", settings, 0.95).estimator.fit(complete, CRM.model)
        handled = build("plsc", settings | {"missing": handling}, 0.95).estimator.fit(batch, CRM.model)
        places = np.flatnonzero(untouched)
        assert_same(handled.rows(places).replaced(respondents=np.empty(0)), plain.rows(places))


def test_methods_fitted_together_give_what_each_gives_alone(tmp_path: Path) -> None:
    methods = "".join(
        f'[methods.{name}-{handling}]\nestimator = "{name}"\nmissing = "{handling}"\nresamples = 20\n'
        for name in ("pls", "plsc")
        for handling in ("listwise", "mean", "regression")
    )
    loaded = load(tmp_path, methods + '[methods.jack]\nestimator = "pls"\ninference = "jackknife"\n')
    (cell,) = loaded.cells
    batch = draw_block(cell.population, cell.n, loaded.address(cell), 0, 3)
    fits = runner.fit_all(loaded, batch)
    for method in loaded.methods:
        alone = draw_block(cell.population, cell.n, loaded.address(cell), 0, 3)
        assert_same(method.estimator.fit(alone, loaded.model, loaded.estimands), fits[method.name])


def test_a_method_never_sees_a_missing_answer() -> None:
    batch = drawn(Missingness(share=0.1))
    for entry in ESTIMATORS.values():
        with pytest.raises(ValueError, match="answers are missing in this batch"):
            entry.estimator().fit(batch, CRM.model)


# --- too little left ---


@pytest.mark.parametrize("handling", HANDLINGS)
def test_too_few_answers_are_a_failure_of_the_replication_and_not_of_the_study(handling: str, tmp_path: Path) -> None:
    # A quarter answers all nine items: 1 to 9 of 20.
    population = changed(HOLED, ("share = 0.03", "share = 0.15"), ("items = { x3 = 0.1 }\n", ""))
    methods = "".join(
        f'[methods.{name}]\nmissing = "{handling}"\n'
        for name, entry in ESTIMATORS.items()
        if not _is_refused(entry, handling)
    )
    text = changed(STUDY, ("n = [150]", "n = [20]"), ("replications = 3", "replications = 20"))
    loaded = load(tmp_path, methods, population, text)
    runner.run(loaded, tmp_path / "results", 1, Console(quiet=True))
    stored = pd.concat([pd.read_parquet(path) for path in sorted((tmp_path / "results").glob("blocks/*/*.parquet"))])
    assert stored["value:G~F"].isna().equals(stored["status"] > Status.INADMISSIBLE)
    too_few = stored["status"] == Status.TOO_FEW_ANSWERS
    if handling == "listwise":
        assert (stored["respondents"] < 4).equals(too_few)
        assert set(stored["respondents"]) > {3, 4, 5, 6}
    assert {"listwise": 0.1, "regression": 0.5}.get(handling, 0.0) <= too_few.mean()
    assert handling == "regression" or too_few.mean() < 0.9


def test_pairwise_covariances_that_contradict_each_other_are_no_numbers() -> None:
    batch = drawn(Missingness(share=0.4), n=25, size=60)
    fit = build("sumscores", {"missing": "pairwise"}, 0.95).estimator.fit(batch, CRM.model)
    contradictory = fit.status == Status.CONTRADICTORY
    assert contradictory.sum() > 10
    assert np.isnan(fit.value[contradictory]).all()
    for r in np.flatnonzero(contradictory):
        answers = np.where(batch.missing[r], np.nan, batch.answers[r])  # type: ignore[index]
        assert missing.smallest_eigenvalue(missing.pairwise_moments(answers)) < 0


# --- replay ---


@pytest.mark.parametrize("handling", HANDLINGS)
@pytest.mark.parametrize("scale", ["shares = [0.1, 0.2, 0.4, 0.2, 0.1]", ""], ids=["categories", "continuous"])
def test_a_replayed_survey_gives_the_same_estimates(handling: str, scale: str, tmp_path: Path) -> None:
    population = changed(HOLED, ("shares = [0.1, 0.2, 0.4, 0.2, 0.1]", scale))
    methods = "".join(f'[methods.{name}]\nmissing = "{handling}"\n' for name in ("sumscores", "pls", "ml"))
    loaded = load(tmp_path, methods, population)
    data, _, table = replay(loaded, loaded.cells[0], 2, tmp_path)
    holes = pd.read_csv(data).isna().to_numpy()
    (batch,) = [draw_block(c.population, c.n, loaded.address(c), 0, 3) for c in loaded.cells]
    assert np.array_equal(holes, batch.missing[2])  # type: ignore[index]
    assert holes.any()
    assert ("." in data.read_text()) == (not scale)
    fits = fit_survey(data, loaded.model, ("sumscores", "pls", "ml"), resamples=20, missing=handling)
    names = {"Sum scores": "sumscores", "PLS": "pls", "ML SEM": "ml"}
    mine = fits.estimates.assign(method=fits.estimates["method"].map(names)).set_index(["method", "target"])
    again = table.set_index(["method", "target"])
    for place in again.index:
        # Floats are read back to the last bit; means over all of a file's cells may be summed in another order.
        assert mine.loc[place, "value"] == pytest.approx(again.loc[place, "value"], abs=1e-9)
        if not np.isnan(again.loc[place, "se"]):
            assert mine.loc[place, "se"] == pytest.approx(again.loc[place, "se"], abs=1e-9)


def test_a_replication_is_the_same_in_its_study_and_alone(tmp_path: Path) -> None:
    methods = '[methods.mean]\nestimator = "pls"\nmissing = "mean"\nresamples = 20\n[methods.ml]\nresamples = 20\n'
    loaded = load(tmp_path, methods)
    runner.run(loaded, tmp_path / "results", 1, Console(quiet=True))
    stored = pd.read_parquet(next((tmp_path / "results").glob("blocks/*/*.parquet"))).set_index(
        ["method", "replication"]
    )
    for replication in range(3):
        _, _, table = replay(loaded, loaded.cells[0], replication, tmp_path)
        for row in table.itertuples():
            for part in PARTS:
                expected = stored.loc[(row.method, replication), f"{part}:{row.target}"]
                assert np.array_equal(getattr(row, part), expected, equal_nan=True)


# --- what is refused ---

CASES: dict[str, tuple[str, str, list[str]]] = {
    "a share of all": ("share = 1.0", "", ["missing.share is 1", "0 to under 1"]),
    "a share in words": ('share = "few"', "", ["missing.share: 'few' given", "number"]),
    "an unknown key": ("shares = 0.1", "", ["missing.shares", "did you mean 'share'?"]),
    "an unknown item": ("items = { x33 = 0.1 }", "", ["missing.items", "'x33'", "did you mean 'x3'?"]),
    "a share of an item": ("items = { x3 = -0.1 }", "", ["missing.items.x3 is -0.1"]),
    "an unknown cause": ('share = 0.1\ndepends_on = "x4"', "", ["missing.depends_on: item 'x4' is not known"]),
    "no cause": ("share = 0.1\nstrength = 1.0", "", ["missing.strength", "give depends_on too"]),
    "a cause that is missing": (
        'share = 0.1\ndepends_on = "x1"\nitems = { x1 = 0.1 }',
        "",
        ["missing.items.x1: everybody answers"],
    ),
    "a cause on no form": (
        'forms = [["x1"], []]\ndepends_on = "x1"',
        "",
        ["missing.forms[1]: everybody answers x1"],
    ),
    "an unknown item of a form": ('forms = [[], ["x9"]]', "", ["missing.forms[2]: item 'x9' is not known"]),
    "an item twice": ('forms = [[], ["x1", "x1"]]', "", ["missing.forms[2] names x1 twice"]),
    "an item on no form": ('forms = [["x1"], ["x1", "x2"]]', "", ["every form leaves out x1"]),
    "shares of no forms": ("form_shares = [1.0]\nshare = 0.1", "", ["form_shares has 1 shares for 0 forms"]),
    "shares of forms beyond 1": (
        'forms = [["x1"], []]\nform_shares = [0.6, 0.6]',
        "",
        ["missing.form_shares 0.6, 0.6", "sum to 1"],
    ),
    "listwise without a complete form": (
        'forms = [["x1"], ["x2"]]',
        "",
        ["methods.sumscores: listwise rests on respondents who answer every item", "'mean' or 'pairwise'"],
    ),
    "regression without a complete form": (
        'forms = [["x1"], ["x2"]]',
        'missing = "regression"',
        ["methods.sumscores: regression rests on"],
    ),
    "pairwise without a pair": (
        'forms = [["x1"], ["x2"]]',
        'missing = "pairwise"',
        ["methods.sumscores: no form has both x1 and x2"],
    ),
    "an unknown handling": ("share = 0.1", 'missing = "listwize"', ["'listwize'", "did you mean 'listwise'?"]),
    "refusing": ("share = 0.1", 'missing = "refuse"', ["'refuse' is not known"]),
    "a handling that is no text": ("share = 0.1", "missing = 3", ["handling of missing answers '3' is not known"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_missing_answers_is_told_with_its_place(case: str, refused: Refused) -> None:
    section, setting, parts = CASES[case]
    Path("mine.toml").write_text(f"{MEANT}[missing]\n{section}\n")
    Path("ways.toml").write_text(f"{STUDY}[methods.sumscores]\n{setting}\n")
    assert_says(refused("run", "ways.toml"), parts)


def test_a_setting_of_ones_own_survey_is_refused_with_what_to_do(refused: Refused) -> None:
    data = Path("data.csv")
    draws = draw_block(CRM, 30, ADDRESS, 0, 1).raw[0]
    pd.DataFrame(draws, columns=list(CRM.model.items)).to_csv(data, index=False)
    Path("model.txt").write_text(CRM.model.syntax)
    told = refused("fit", "data.csv", "--model", "model.txt", "--method", "ml[missing=mean]")
    assert_says(told, ["ml[missing=mean]", "missing answers are handled once for all methods; give --missing"])


def test_the_example_of_the_documentation_is_valid(tmp_path: Path) -> None:
    docs = (Path(__file__).parent.parent.parent / "docs" / "answers.md").read_text(encoding="utf-8")
    (example,) = (text for text in re.findall(r"```toml\n(.*?)```", docs, re.S) if "[missing]" in text)
    (tmp_path / "mine.toml").write_text(example)
    population = catalogue.population(str(tmp_path / "mine.toml"))
    assert population.missing == Missingness(0.05, {"PRO1": 0.20}, "CC1", 1.0, (("CC2", "OGG2"), ("CC3", "OGG3"), ()))
