"""Study files that are right: what they become."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from benchmarks.evaluation.described import describe
from benchmarks.study import study
from benchmarks.study.study import with_replications
from sim import catalogue

#: Loading the flagship calibrates its populations, so each study is loaded once.
load = cache(study.load)
DOCS = Path(__file__).parent.parent.parent / "docs" / "study-files.md"


@pytest.mark.parametrize("name", study.names())
def test_every_study_that_comes_with_the_project_loads_whole_and_quick(name):
    whole, quick = load(name), load(name, quick=True)
    assert whole.name == name
    assert quick.name == f"{name}-quick"
    assert quick.replications <= whole.replications
    assert len(quick.cells) <= len(whole.cells)
    json.loads(describe.as_json(whole))


def test_cells_are_every_combination_of_levels_and_sizes():
    flagship = load("crm-clusters")
    assert len(flagship.cells) == 3 * 3 * 3 * 2
    assert [cell.number for cell in flagship.cells] == list(range(1, 55))
    assert flagship.cells[0].label == "n = 72, dropped_items = weak, crm_correlation = 0.5, ocrm_effect = small"
    assert len({cell.key for cell in flagship.cells}) == 54
    assert flagship.cell("2") is flagship.cell(flagship.cells[1].label)


def test_a_cells_key_depends_on_its_content_and_on_nothing_else():
    whole, quick = load("crm-clusters"), load("crm-clusters", quick=True)
    same = {cell.label: cell.key for cell in whole.cells}
    assert all(same[cell.label] == cell.key for cell in quick.cells)
    assert {len(cell.key) for cell in whole.cells} == {64}


def test_the_fingerprint_forgets_replications_and_remembers_methods():
    whole = load("crm-clusters")
    assert with_replications(whole, 3000).fingerprint == whole.fingerprint
    assert load("crm-clusters", quick=True).fingerprint != whole.fingerprint


def test_quick_changes_resamples_of_the_methods_that_have_them():
    quick = {method.name: method for method in load("crm-clusters", quick=True).methods}
    assert quick["pls"].resamples == quick["pls-screened"].resamples == 100
    assert quick["ml"].resamples is None


def test_a_screened_method_knows_its_unscreened_twin():
    flagship = load("crm-clusters")
    twins = {method.name: flagship.unscreened(method) for method in flagship.methods}
    assert twins["pls-screened"].name == "pls"
    assert twins["ml-screened"].name == "ml"
    assert twins["pls"] is None


def test_the_examples_of_the_documentation_are_valid(tmp_path):
    texts = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    example = texts[0]
    population = re.findall(r"```toml\n(.*?)```", DOCS.with_name("populations.md").read_text(encoding="utf-8"), re.S)[0]
    (tmp_path / "mine.toml").write_text(
        population.replace("# ...\n", '"F=~x2" = 0.8\n"F=~x3" = 0.8\n"G=~y1" = 0.8\n"G=~y2" = 0.8\n"G=~y3" = 0.8\n'),
        encoding="utf-8",
    )
    (tmp_path / "study.toml").write_text(example, encoding="utf-8")
    assert len(load(str(tmp_path / "study.toml")).cells) == 4
    own = example.replace('"crm-clusters"  ', '"mine.toml"  ')
    own = re.sub(r"\[data.factors\].*?(?=\[estimands\])", "", own, flags=re.S)
    own = re.sub(r"\nfactors = .*", "", own)
    own = re.sub(r"targets = \[.*?\]", 'targets = ["G~F", "r2(G)"]', own)
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    assert load(str(tmp_path / "own.toml")).model.constructs == ("F", "G")


def test_a_calibrated_population_is_described_with_published_and_achieved_values():
    described = describe.description(load("crm-clusters"))
    rows = {row["quantity"]: row for row in described["calibration"][0]["rows"]}
    assert rows["r2(PERF)"]["published"] == 0.502
    assert abs(rows["r2(PERF)"]["achieved"] - 0.502) < 1e-9
    assert len(described["calibration"]) == 18
    assert described["factors"]["crm_correlation"]["levels"] == [0.5, 0.3, 0.7]


def test_factor_levels_default_to_the_first():
    assert catalogue.check_levels("crm-clusters", {}) == {
        "dropped_items": "weak",
        "crm_correlation": 0.5,
        "ocrm_effect": "small",
    }


def test_the_example_of_published_figures_is_valid(tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", DOCS.with_name("published.md").read_text(encoding="utf-8"), re.S)
    (study_file, *_) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    study_file = study_file.replace("[methods.pls-screened]", "[methods.sumscores]\n[methods.pls]")
    study_file = re.sub(r"targets = \[.*?\]", 'targets = ["PERF~ACRM", "PERF~OCRM"]', study_file)
    (tmp_path / "study.toml").write_text(study_file + example, encoding="utf-8")
    assert load(str(tmp_path / "study.toml")).file.published.replications == 500
