"""Ways of answering in population files and studies: the section, factors that set them, and populations on a base."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.evaluation.described import describe
from benchmarks.study import study
from estimators.catalogue import ESTIMATORS
from sim import catalogue
from sim.answers.responses import Responses
from sim.catalogue import populationfile
from sim.errors import InputError
from sim.implied.implied import implied
from sim.streams import content_key
from sim.worlds.answers import AnswerWorld
from tests.bad_input import Refused, assert_says, changed
from tests.every_method import EVERY_METHOD, measured
from tests.ways_of_answering import MINE, STUDY, written

#: The section given, with its numbers replaced.
WAYS = Responses(("x3",), 0.05, 0.05, 0.02, 0.03, 0.1, 0.1, 0.1)


def test_every_method_takes_every_way_of_answering(tmp_path: Path) -> None:
    text = STUDY + EVERY_METHOD
    measures = measured(written(tmp_path, text=text))
    for name, entry in ESTIMATORS.items():
        assert (measures.loc[(name, "convergence_rate"), "value"] > 0).all(), name
        before, after = (measures.loc[(name, f"limit_{when}_cut"), "value"] for when in ("before", "after"))
        assert np.isfinite(after).all(), name
        # Unreversed, agreed with and partly at random: no method's limit is that of the responses before the cut.
        assert (np.abs(after.to_numpy() - before.to_numpy()) > 0.01).any(), (name, entry.ordinal)


def test_straightliners_alone_are_a_failure_of_methods_and_not_of_the_study(tmp_path: Path) -> None:
    only = 'base = "mine.toml"\n[responses]\nextreme = 0.0\nmidpoint = 0.0\nstraightlining = 1.0\n'
    (tmp_path / "only.toml").write_text(only + '[factors.carelessness]\nsets = "responses.careless"\nlevels = [0]\n')
    text = changed(STUDY, ("mine.toml", "only.toml")) + EVERY_METHOD
    measures = measured(written(tmp_path, text=text)).reset_index()
    # All items are the same: whatever numbers a method still gives, no data set tells the two predictors apart.
    usable = measures[measures["measure"] == "usable_rate"].set_index("method")["value"]
    assert set(usable.index) == set(ESTIMATORS)
    assert (usable == 0).all()


def test_factors_set_shares_and_each_level_is_a_population(tmp_path: Path) -> None:
    text = changed(STUDY, ("[estimands]", '[data.factors]\ncarelessness = ["some", "many", "none"]\n[estimands]'))
    cells = study.load(written(tmp_path, text=text + "[methods.sumscores]\n")).cells
    assert [cell.population.responses.careless for cell in cells] == [0.03, 0.2, 0.0]
    assert cells[0].population.responses == WAYS
    assert len({cell.key for cell in cells}) == 3


def test_the_key_of_a_study_tells_ways_of_answering_apart_and_is_the_old_one_without_them(tmp_path: Path) -> None:
    (cell,) = study.load(written(tmp_path, text=STUDY + "[methods.sumscores]\n")).cells
    plain = dataclasses.replace(cell, source=AnswerWorld(dataclasses.replace(cell.population, responses=Responses())))
    p = plain.population
    numbers = (p.loadings, p.paths, p.exogenous_correlations, p.error_covariances)
    as_ever = {
        "model": p.model.syntax,
        "numbers": [array.tolist() for array in numbers],
        "thresholds": [[float(f"{x:.10g}") for x in cuts] for cuts in p.scale.thresholds],
        "n": 150,
    }
    assert plain.key == content_key(as_ever)
    given = {name: value for name, value in dataclasses.asdict(WAYS).items() if value}
    assert cell.key == content_key(as_ever | {"responses": given})
    orders = [Responses(reversed=items) for items in (("x1", "y2"), ("y2", "x1"))]
    first, second = (
        dataclasses.replace(cell, source=AnswerWorld(dataclasses.replace(p, responses=ways))) for ways in orders
    )
    assert first.key == second.key


def test_calibration_is_of_sincere_answers(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "crm-clusters"\n[responses]\ncareless = 0.1\nacquiescence = 0.1\n')
    name = str(tmp_path / "mine.toml")
    mine, plain = catalogue.population(name), catalogue.population("crm-clusters")
    assert np.array_equal(mine.loadings, plain.loadings)
    assert np.array_equal(mine.paths, plain.paths)
    assert mine.responses == Responses(acquiescence=0.1, careless=0.1)
    assert catalogue.calibration(name).rows == catalogue.calibration("crm-clusters").rows


def test_the_first_study_as_it_asked() -> None:
    asked, plain = catalogue.population("crm-clusters-as-asked"), catalogue.population("crm-clusters")
    assert asked.responses == Responses(reversed=("PRO1", "PRO2"))
    assert np.array_equal(asked.structure.covariance, plain.structure.covariance)
    assert catalogue.factors("crm-clusters-as-asked") == catalogue.factors("crm-clusters")
    content = catalogue.entry("crm-clusters-as-asked")
    assert content["source"] == catalogue.entry("crm-clusters")["source"]
    assert len(content["notes"]) == len(catalogue.entry("crm-clusters")["notes"]) + 1
    pro1, va1 = (asked.model.items.index(item) for item in ("PRO1", "VA1"))
    assert (
        implied(asked).likert_moments.covariances[0, pro1, va1]
        == -implied(plain).likert_moments.covariances[0, pro1, va1]
    )


def test_a_catalogue_entry_on_a_base_has_the_form_that_is_asked_of_users() -> None:
    own = Path(catalogue.__file__).with_name("crm-clusters-as-asked.toml")
    assert populationfile.read(own)["base"] == "crm-clusters"


def test_a_base_may_be_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    added = '[factors.agreeing]\nsets = "responses.acquiescence"\nlevels = [0.0, 0.2]\n'
    (tmp_path / "more.toml").write_text('base = "mine.toml"\n[responses]\ncareless = 0.5\n' + added)
    more = catalogue.population(str(tmp_path / "more.toml"), {"agreeing": 0.2, "carelessness": "none"})
    assert more.responses == dataclasses.replace(WAYS, careless=0.0, acquiescence=0.2)
    (tmp_path / "most.toml").write_text('base = "more.toml"\n')
    with pytest.raises(InputError, match=r"its base more.toml builds on mine.toml; name that as the base"):
        catalogue.population(str(tmp_path / "most.toml"))


def test_the_description_tells_how_respondents_answer(tmp_path: Path) -> None:
    notes = describe.description(study.load(written(tmp_path, text=STUDY + "[methods.sumscores]\n")))["notes"]
    assert notes[-1].startswith("The baseline's world: x3 left unreversed; acquiescence 0.05; common m")
    assert describe.description(study.load("goodhue-2012"))["notes"] == catalogue.entry("goodhue-2012").get("notes", [])


BASED = 'base = "three-factors"\n[responses]\nacquiescence = 0.1\n'
CASES: dict[str, tuple[str, tuple[str, str], list[str]]] = {
    "a share in words": (MINE, ("careless = 0.03", 'careless = "few"'), ["responses.careless: 'few' given", "number"]),
    "an unknown way": (MINE, ("careless = 0.03", "carless = 0.03"), ["responses.carless", "did you mean 'careless'?"]),
    "a share over 1": (MINE, ("midpoint = 0.1", "midpoint = 1.1"), ["responses.midpoint is 1.1", "0 to 1"]),
    "shares beyond 1": (MINE, ("midpoint = 0.1", "midpoint = 0.9"), ["midpoint = 0.9 are 1.05 of the respondents"]),
    "an unknown item": (MINE, ('["x3"]', '["x33"]'), ["responses.reversed", "'x33'", "did you mean 'x3'?"]),
    "no middle": (MINE, ("0.4, 0.2, 0.1]", "0.7]"), ["responses.extreme: x1 has 3 categories"]),
    "a factor of an unknown way": (
        MINE,
        ('"responses.careless"', '"responses.carless"'),
        ["carelessness", "'carless'"],
    ),
    "a factor that sets the wording": (MINE, ('"responses.careless"', '"responses.reversed"'), ["'reversed'"]),
    "two factors of one share": (
        MINE,
        ("[factors.carelessness]", '[factors.b]\nsets = "responses.careless"\nlevels = [0.1]\n[factors.carelessness]'),
        ["factors b and carelessness both set responses.careless", "one of the two"],
    ),
    "a level beyond 1": (MINE, ("some = 0.03", "some = 3"), ["responses.careless is 3"]),
    "an unknown base": (BASED, ("three-factors", "two-factors"), ["'two-factors'", "did you mean 'three-factors'?"]),
    "no file as base": (BASED, ("three-factors", "its.toml"), ["its.toml does not exist"]),
    "a model that lacks the base's items": (BASED, ("[responses]", 'model = "F =~ x"\n[responses]'), ["'eta1'"]),
    "another factor beside a base": (
        BASED,
        ("[responses]", '[factors.a]\nsets = "dropped_loading"\nlevels = [0.1]\n[responses]'),
        ["factor a sets 'dropped_loading'"],
    ),
    "a kind without categories": (BASED, ("acquiescence", "careless"), ["responses.careless needs categories"]),
}


def test_the_example_of_the_documentation_is_valid(tmp_path: Path) -> None:
    docs = (Path(__file__).parent.parent.parent / "docs" / "answers.md").read_text(encoding="utf-8")
    (example,) = (text for text in re.findall(r"```toml\n(.*?)```", docs, re.S) if "[responses]" in text)
    (tmp_path / "mine.toml").write_text(example)
    population = catalogue.population(str(tmp_path / "mine.toml"))
    assert population.responses == Responses(("PRO1", "PRO2"), 0.05, 0.05, 0.02, 0.05, 0.1, 0.1)


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_how_respondents_answer_is_told_with_its_place(case: str, refused_population: Refused) -> None:
    population, change, parts = CASES[case]
    assert_says(refused_population(changed(population, change)), ["data.population", "mine.toml", *parts])
