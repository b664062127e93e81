"""`loadstone show`: the numbers of a population's portrait, its path diagram, its page and files, and bad input."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.integrate import quad
from scipy.stats import norm

from benchmarks.portraits.portrait import METHODS, Portrait, portrait
from reports.diagram import diagram as path_diagram
from reports.diagram.layout import Room, _rising, layout
from reports.show import files as show_files
from reports.show import page as show_page
from reports.show import tables as show_tables
from reports.show import text as show_text
from sim import catalogue
from sim.answers.likert import Scale
from sim.implied.implied import implied
from sim.implied.marginals import answer_loadings, marginals
from sim.model import Model
from sim.population.record import Population
from tests.bad_input import Command, Refused, assert_says
from tests.svg import SVG, collisions, texts

NAMES = catalogue.names()
SHARES = (0.07, 0.17, 0.30, 0.30, 0.16)
MINE = """
title = "A <b> & its 'kind'"
model = '''
F =~ x1 + x2
G =~ y1 + y2 + y3
H =~ z1
H ~ F + G
'''
[constructs]
F = "what <i>is</i> & \\"was\\""
[scale]
thresholds = [-1.0, 0.5]
[values]
"F=~x1" = 0.8
"F=~x2" = 0.7
"G=~y1" = 0.9
"G=~y2" = -0.6
"G=~y3" = 0.5
"H=~z1" = 1.0
"H~F" = -0.4
"F~~G" = 0.25
"x1~~y1" = 0.1
[factors.push]
sets = "path H~G"
levels = { none = 0.0, some = 0.3 }
"""


@pytest.fixture(scope="module")
def portraits() -> dict[str, Portrait]:
    return {name: portrait(name) for name in NAMES}


@pytest.fixture
def mine(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return str(path)


# --- numbers ---


def test_marginals_are_those_of_the_shares() -> None:
    population = catalogue.population("crm-clusters")
    for marginal in marginals(population):
        assert marginal.shares == pytest.approx(SHARES, abs=1e-15)
        assert norm.cdf(marginal.thresholds) == pytest.approx(np.cumsum(SHARES)[:-1], abs=1e-15)
        assert marginal.mean == pytest.approx(0.07 + 0.34 + 0.90 + 1.20 + 0.80, abs=1e-14)
        # From the raw moments 3.31, 12.25, 48.73 and 203.89: central ones 1.2939, -0.383118 and 3.86976837.
        assert marginal.deviation == pytest.approx(np.sqrt(1.2939), abs=1e-14)
        assert marginal.skewness == pytest.approx(-0.383118 / 1.2939**1.5, abs=1e-12)
        assert marginal.kurtosis == pytest.approx(3.86976837 / 1.2939**2 - 3, abs=1e-12)


def test_an_answer_keeps_of_its_response_what_integration_finds() -> None:
    cuts = ((-0.3, 1.1), (-1.5, -0.5, 0.5, 1.5))
    model = Model.parse("F =~ x1 + x2")
    population = Population.of(model, {"F=~x1": 0.8, "F=~x2": 0.6}, Scale(cuts))
    for i, thresholds in enumerate(cuts):

        def integrand(z: float, power: int, thresholds: tuple[float, ...] = thresholds) -> float:
            return float((1 + np.searchsorted(thresholds, z)) ** power * z ** (2 - power) * norm.pdf(z))

        product = quad(integrand, -9, 9, args=(1,), points=thresholds, epsabs=1e-12)[0]
        square = quad(integrand, -9, 9, args=(2,), points=thresholds, epsabs=1e-12)[0]
        mean = implied(population).likert_moments.means[0, i]
        kept = product / np.sqrt(square - mean**2)
        assert answer_loadings(population)[i] == pytest.approx(kept * population.loadings[i], abs=1e-9)


def test_after_the_cut_rho_c_is_the_squared_correlation_of_the_sum_with_its_construct(mine: str) -> None:
    shown = portrait(mine)
    after = dict(zip((t.name for t in shown.targets), shown.after, strict=True))
    covariances = implied(shown.population).likert_moments.covariances[0]
    deviations = np.sqrt(np.diag(covariances))
    with_construct = sum(after[f"G=~y{k}"] * deviations[k + 1] for k in (1, 2, 3))
    assert after["rho_c(G)"] == pytest.approx(with_construct**2 / covariances[2:5, 2:5].sum(), abs=1e-14)
    assert after["ave(F)"] == pytest.approx((after["F=~x1"] ** 2 + after["F=~x2"] ** 2) / 2, abs=1e-15)
    assert np.isnan([after[name] for name in ("H~F", "r2(H)", "F~~G")]).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_limits_are_what_the_methods_are_known_for(portraits: dict[str, Portrait], name: str) -> None:
    shown = portraits[name]
    limits = {limit.name: limit for limit in shown.limits}
    assert tuple(limits) == METHODS
    of_items = {block.construct for block in shown.population.model.blocks}
    alphas = [i for i, target in enumerate(shown.targets) if target.kind == "alpha" and target.parts[0] in of_items]
    assert limits["sumscores"].value[alphas] == pytest.approx(shown.after[alphas], abs=1e-12, nan_ok=True)
    misfit = name == "ronkko-2023-errors"  # whose correlated errors the model lacks
    if not misfit and shown.population.scale.is_continuous:
        assert limits["ml"].value == pytest.approx(shown.before, abs=1e-6, nan_ok=True)
        assert shown.after[~np.isnan(shown.after)] == pytest.approx(shown.before[~np.isnan(shown.after)], abs=1e-14)
    unidentified = name == "goodhue-2012"  # X4 is unrelated to the one construct beside it
    for method in ("pls", "plsc"):
        assert bool(limits[method].ending) == unidentified
        assert np.isnan(limits[method].value).all() == unidentified


def test_levels_choose_the_population() -> None:
    shown = portrait("social-crm", ["effect=large", "loading = 0.60"])
    assert dict(shown.levels) == {"effect": "large", "loading": 0.6}
    assert shown.true_value("f2(SMS~CRO)") == pytest.approx(0.35, abs=1e-14)
    assert set(shown.population.loadings) == {0.6}
    assert dict(portrait("social-crm").levels) == {"effect": "medium", "loading": 0.8}


# --- the drawing ---


def drawings() -> list[tuple[str, bool]]:
    return [(name, wide) for name in NAMES for wide in (True, False)]


def drawn(name: str, wide: bool, levels: dict[str, str | float] | None = None) -> str:
    population = catalogue.population(name, levels)
    return path_diagram.wide(population, {}) if wide else path_diagram.narrow(population)


@pytest.mark.parametrize(("name", "wide"), drawings())
def test_the_diagram_shows_every_construct_path_and_item(name: str, wide: bool) -> None:
    population = catalogue.population(name)
    model = population.model
    svg = drawn(name, wide)
    told, root = texts(svg), ET.fromstring(svg)
    assert all(told.count(construct) == 1 for construct in model.constructs)
    values = [f"{value:.2f}" for value in population.paths[model.path_matrix]]
    assert all(told.count(value) >= values.count(value) for value in values)
    if wide:
        assert all(told.count(item) == 1 for item in model.items)
        assert len(list(root.iter(f"{SVG}rect"))) == 1 + len(model.items)
    else:
        counted = [b for b in model.blocks if len(b.items) > 1 and b.construct not in model.dimensions]
        assert [text for text in told if text.endswith(" items")] == [f"{len(b.items)} items" for b in counted]
    arrows = [e for e in root.iter(f"{SVG}path") if e.get("marker-end")]
    both = [e for e in arrows if e.get("marker-start")]
    assert len(both) == np.count_nonzero(np.triu(population.exogenous_correlations, 1))
    assert len(arrows) == len(both) + len(model.paths) + (len(model.blocks) + len(model.dimensions) if wide else 0)
    dashed = [e for e in arrows if e.get("stroke-dasharray")]
    assert len(dashed) == np.count_nonzero(population.paths[model.path_matrix] == 0)


@pytest.mark.parametrize(("name", "wide"), drawings())
def test_no_path_runs_over_a_construct_or_an_item(name: str, wide: bool) -> None:
    assert collisions(drawn(name, wide)) == set()


@pytest.mark.parametrize("seed", range(8))
def test_no_path_of_any_model_runs_over_a_construct_or_an_item(seed: int) -> None:
    generator = np.random.default_rng(seed)
    names = [f"C{k}" for k in range(int(generator.integers(5, 10)))]
    blocks = {c: [f"{c.lower()}_{i}" for i in range(int(generator.integers(1, 15)))] for c in names}
    paths = [(b, a) for a, b in combinations(names, 2) if generator.random() < 0.35]
    text = [f"{c} =~ {' + '.join(items)}" for c, items in blocks.items()] + [f"{b} ~ {a}" for b, a in paths]
    model = Model.parse("\n".join(text))
    values = {f"{c}=~{item}": 0.7 for c, items in blocks.items() for item in items} | {
        f"{b}~{a}": 0.05 for b, a in paths
    }
    exogenous = [c for c in names if c not in model.endogenous]
    values |= {f"{a}~~{b}": 0.05 for a, b in combinations(exogenous, 2) if generator.random() < 0.5}
    population = Population.of(model, values)
    assert collisions(path_diagram.wide(population, dict.fromkeys(names, "what the construct stands for"))) == set()
    assert collisions(path_diagram.narrow(population)) == set()


@pytest.mark.parametrize(("name", "wide"), drawings())
def test_no_text_hides_another(name: str, wide: bool) -> None:
    labels = catalogue.entry(name).get("constructs", {})
    population = catalogue.population(name)
    svg = path_diagram.wide(population, labels) if wide else path_diagram.narrow(population)
    boxes = []
    for e in ET.fromstring(svg).iter(f"{SVG}text"):
        x, y, size = (float(e.get(k, "")) for k in ("x", "y", "font-size"))
        w = 0.52 * size * len(e.text or "")
        left = {"start": x, "middle": x - w / 2, "end": x - w}[e.get("text-anchor", "")]
        boxes.append((left, y - 0.75 * size, left + w, y, e.text))
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def test_a_large_block_is_counted_and_marks_in_labels_are_escaped() -> None:
    items = [f"x{k}" for k in range(1, 16)]
    model = Model.parse(f"F =~ {' + '.join(items)}\nG =~ y")
    loadings = {f"F=~{item}": 0.5 + k / 100 for k, item in enumerate(items)}
    population = Population.of(model, loadings | {"G=~y": 1.0, "F~~G": -0.3})
    told = texts(path_diagram.wide(population, {"F": "a <b> & c"}))
    assert {"15 items", "0.50 to 0.64", "a <b> & c", "\N{MINUS SIGN}0.30", "y"} <= set(told)
    assert "x1" not in told
    assert path_diagram.alt(population).endswith("correlation of F and G \N{MINUS SIGN}0.30")


def test_layers_follow_the_longest_chain_and_avoid_a_crossing() -> None:
    model = Model.parse("A =~ a; B =~ b; C =~ c; D =~ d; E =~ e\nC ~ B\nD ~ A\nE ~ D + B")
    rooms = {construct: Room(20.0, 60.0) for construct in model.constructs}
    found = layout(model, rooms)
    assert [found.layer_of(c) for c in "ABCDE"] == [0, 0, 1, 1, 2]
    assert found.route("E", "B") == ["B", ("E", "B", 1), "E"]
    sides = [np.sign(found.place[a] - found.place[b]) for a, b in (("A", "B"), ("D", "C"), ("D", ("E", "B", 1)))]
    assert len(set(sides)) == 1
    for layer in found.layers:
        for upper, lower in pairwise(layer):
            room = (rooms[upper].after if isinstance(upper, str) else 0) + (
                rooms[lower].before if isinstance(lower, str) else 0
            )
            assert found.place[lower] - found.place[upper] >= room


def test_places_that_never_fall_are_the_nearest_ones() -> None:
    generator = np.random.default_rng(3)
    wanted, weights = generator.normal(size=6), generator.uniform(0.5, 4, size=6)
    best = _rising(wanted, weights)
    assert (np.diff(best) >= 0).all()
    loss = weights @ (best - wanted) ** 2
    for _ in range(2000):
        other = np.sort(best + generator.normal(scale=0.2, size=6))
        assert weights @ (other - wanted) ** 2 >= loss


# --- page, files, terminal ---


@pytest.mark.parametrize("name", NAMES)
def test_the_terminal_shows_every_table_whole_at_80_columns(portraits: dict[str, Portrait], name: str) -> None:
    out = io.StringIO()
    show_text.show(portraits[name], Console(file=out, width=80))
    told = out.getvalue()
    assert max(map(len, told.splitlines())) <= 80
    assert "…" not in told
    for table in show_tables.tables(portraits[name]):
        assert f"\n{table.title}\n" in told
    if name == "crm-clusters":
        assert re.search(r"ACRM → PERF +0\.801 +1\.709 +0\.644 +0\.659 +0\.799 +0\.799", told)
    if name == "goodhue-2012":
        assert "PLS: the data do not determine the estimates" in " ".join(told.split())


def test_the_page_needs_nothing_else_and_escapes_what_a_file_says(mine: str) -> None:
    shown = portrait(mine)
    page = show_page.page(shown)
    assert "A &lt;b&gt; &amp; its" in page
    assert "<b> & its" not in page
    assert "what &lt;i&gt;is&lt;/i&gt;" in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "default-src 'none'" in page
    for table in show_tables.tables(shown):
        assert f'id="table-{table.name}"' in page
    titles = [table.title for table in show_tables.tables(shown)]
    assert "Error covariances" in titles
    assert "Error covariances are in the tables." in page
    assert "What the population leaves open" in titles


def test_the_csv_holds_every_number_in_full(mine: str) -> None:
    shown = portrait(mine, ["push=some"])
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(show_files.as_csv(shown)))}
    for i, target in enumerate(shown.targets):
        if target.name == "alpha(H)":  # of one item
            assert not any(rows[target.name][column] for column in ("before_cut", "after_cut", *METHODS))
            continue
        assert float(rows[target.name]["before_cut"]) == shown.before[i]
        assert rows[target.name]["ml"] == repr(float(shown.limits[3].value[i]))
    assert float(rows["H~G"]["before_cut"]) == 0.3
    assert rows["H~G"]["after_cut"] == ""
    assert float(rows["x1|t2"]["before_cut"]) == 0.5
    assert float(rows["share(x1=3)"]["after_cut"]) == pytest.approx(norm.sf(0.5), abs=1e-15)
    assert float(rows["mean(z1)"]["after_cut"]) == pytest.approx(1 + norm.sf(-1) + norm.sf(0.5), abs=1e-15)


def test_the_command_writes_three_files(command: Command, tmp_path: Path) -> None:
    assert command("show", "three-factors", "--out", tmp_path / "new" / "folder") in (0, None)
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["show.csv", "show.html", "show.svg"]
    assert ET.fromstring((folder / "show.svg").read_text()).tag == f"{SVG}svg"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["social-crn"], ["population 'social-crn'", "did you mean 'social-crm'?", ".toml file"]),
        (["nowhere.toml"], ["population file nowhere.toml does not exist"]),
        (["broken.toml"], ["broken.toml", "no value is given for F=~x2"]),
        (["loop.toml"], ["loop.toml", "feedback loop"]),
        (["second.toml"], ["second.toml", "no value is given", "S=~F, S=~G"]),
        (["social-crm", "--level", "effect"], ["--level 'effect'", "factor=level"]),
        (["social-crm", "--level", "effects=small"], ["'effects'", "did you mean 'effect'?"]),
        (["social-crm", "--level", "effect=smal"], ["'smal'", "did you mean 'small'?", "medium, small, large"]),
        (["social-crm", "--level", "loading=0.7"], ["'0.7'", "0.8, 0.6"]),
        (["social-crm", "--level", "effect=small", "--level", "effect=large"], ["effect twice"]),
        (["three-factors", "--level", "effect=small"], ["three-factors has no factors"]),
        (["three-factors", "--out", "broken.toml"], ["--out broken.toml is a file", "give a folder"]),
        (["three-factors", "--out", "held"], ["held/show.svg", "cannot be written"]),
    ],
)
def test_bad_input_is_told_in_one_message_and_writes_nothing(
    arguments: list[str], parts: list[str], refused: Refused
) -> None:
    Path("broken.toml").write_text("model = 'F =~ x1 + x2'\n[values]\n\"F=~x1\" = 0.5\n")
    Path("loop.toml").write_text("model = 'F =~ x; G =~ y; F ~ G; G ~ F'\n[values]\n")
    Path("second.toml").write_text("model = 'F =~ x1 + x2; G =~ y1 + y2; S =~ F + G'\n[values]\n")
    Path("held/show.svg").mkdir(parents=True)
    assert_says(refused("show", *arguments), parts)
