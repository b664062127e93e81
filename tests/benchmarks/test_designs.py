"""Which combinations of levels and sizes are cells: pairs, what is left out or picked, fractions; a thousand cells."""

import importlib.util
import itertools
from pathlib import Path

import pytest

from benchmarks.study.cells import cell
from benchmarks.study.study import Study, load
from sim.errors import InputError

STUDY = """
name = "made"
[aims]
title = "t"
question = "q"
[estimands]
targets = ["eta1~~eta2"]
[methods.sumscores]
[quick]
{quick}
[data]
population = "three-factors"
n = {sizes}
replications = 10
seed = 1
"""
THREE = '[data.factors]\n"eta1=~*" = [0.5, 0.6, 0.7]\n"eta2=~*" = [0.5, 0.6, 0.7]\n"eta3=~*" = [0.5, 0.6, 0.7]\n'


def study(folder: Path, data: str, sizes: str = "[50, 100]", quick: str = "", run_quick: bool = False) -> Study:
    """A study with this data section."""
    path = folder / "study.toml"
    path.write_text(STUDY.format(sizes=sizes, quick=quick) + data, encoding="utf-8")
    return load(str(path), run_quick)


def told(found: Study) -> list[tuple[object, ...]]:
    """The levels and size of every cell."""
    return [(*each.levels.values(), each.n) for each in found.cells]


def test_every_combination_is_a_cell_and_sizes_vary_fastest(tmp_path: Path) -> None:
    wanted = list(itertools.product([0.5, 0.6, 0.7], [0.5, 0.6, 0.7], [0.5, 0.6, 0.7], [50, 100]))
    assert told(study(tmp_path, THREE)) == wanted


@pytest.mark.parametrize("pair", ['["eta1=~*", "eta3=~*"]', '[["eta1=~*", "eta3=~*"]]'])
def test_paired_levels_go_together(pair: str, tmp_path: Path) -> None:
    found = told(study(tmp_path, f"pair = {pair}\n{THREE}"))
    assert found == [
        (a, b, a, n) for a, b, n in itertools.product([0.5, 0.6, 0.7], [0.5, 0.6, 0.7], [50, 100])
    ]  # fmt: skip


def test_sizes_may_be_paired_and_three_may_go_together(tmp_path: Path) -> None:
    found = told(study(tmp_path, f'pair = ["eta1=~*", "eta2=~*", "eta3=~*", "n"]\n{THREE}', "[50, 100, 200]"))
    assert found == [(0.5, 0.5, 0.5, 50), (0.6, 0.6, 0.6, 100), (0.7, 0.7, 0.7, 200)]


def test_combinations_are_left_out_or_picked(tmp_path: Path) -> None:
    every = told(study(tmp_path, THREE))
    out = told(study(tmp_path, f'exclude = [{{ "eta1=~*" = 0.5, n = 50 }}, {{ "eta2=~*" = [0.6, 0.7] }}]\n{THREE}'))
    assert out == [each for each in every if not (each[0] == 0.5 and each[3] == 50) and each[1] == 0.5]
    only = told(
        study(tmp_path, f'only = [{{ "eta1=~*" = 0.5, "eta2=~*" = 0.5 }}, {{ "eta3=~*" = 0.7, n = 100 }}]\n{THREE}')
    )
    assert only == [each for each in every if each[:2] == (0.5, 0.5) or each[2:] == (0.7, 100)]


def test_what_is_left_has_the_keys_that_it_had(tmp_path: Path) -> None:
    whole = {(*each.levels.values(), each.n): each.key for each in study(tmp_path, THREE).cells}
    some = study(tmp_path, f'pair = ["eta1=~*", "eta2=~*"]\nexclude = [{{ n = 50 }}]\n{THREE}')
    assert all(whole[(*each.levels.values(), each.n)] == each.key for each in some.cells)
    assert [each.number for each in some.cells] == list(range(1, 10))


def test_a_quick_version_keeps_pairs(tmp_path: Path) -> None:
    pair = f'pair = ["eta1=~*", "eta2=~*"]\n{THREE}'
    quick = 'n = [50]\nfactors = { "eta1=~*" = [0.6], "eta2=~*" = [0.6], "eta3=~*" = [0.5, 0.7] }'
    assert told(study(tmp_path, pair, quick=quick, run_quick=True)) == [(0.6, 0.6, 0.5, 50), (0.6, 0.6, 0.7, 50)]
    rest = told(study(tmp_path, pair, quick='factors = { "eta3=~*" = [0.7] }', run_quick=True))
    assert rest == [(0.5, 0.5, 0.7, 50), (0.5, 0.5, 0.7, 100)]
    with pytest.raises(InputError, match=r"quick.factors.eta1=~\*: 0.4 is no level of it"):
        study(tmp_path, THREE, quick='factors = { "eta1=~*" = [0.4] }')


def test_a_fraction_is_balanced(tmp_path: Path) -> None:
    pytest.importorskip("pyDOE3")
    every = told(study(tmp_path, THREE, "[100]"))
    some = told(study(tmp_path, f"fraction = 3\n{THREE}", "[100]"))
    assert len(some) == 9
    assert set(some) < set(every)
    for a, b in itertools.combinations(range(3), 2):  # each pair of factors meets in each of its 9 combinations once
        assert len({(each[a], each[b]) for each in some}) == 9


def test_a_fraction_needs_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"data.fraction needs the package pyDOE3.*loadstone\[fractions\]"):
        study(tmp_path, f"fraction = 3\n{THREE}")


def test_a_fraction_that_there_is_not_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pyDOE3")
    with pytest.raises(InputError, match=r"data\.fraction: there is no fraction of one in 9"):
        study(tmp_path, f"fraction = 9\n{THREE}")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('pair = ["eta1=~*", "D"]', ["data.pair[1]: factor 'D' is not known"]),
        ('pair = ["eta1=~*", "n"]', ["data.pair[1]: paired factors need equally many levels; eta1=~* has 3, n has 2"]),
        (
            'pair = [["eta1=~*", "eta2=~*"], ["eta2=~*", "eta3=~*"]]',
            ["data.pair[2]: eta2=~* is paired under data.pair[1] already"],
        ),
        ('pair = [["eta1=~*"]]', ["data.pair[1]: 1 given; there must be at least 2"]),
        (
            'exclude = [{ "eta1=~*" = 0.55 }]',
            ["data.exclude[1].eta1=~*: 0.55 is no level", "0.5, 0.6, 0.7"],
        ),
        ("exclude = [{ m = 50 }]", ["data.exclude[1].m: factor 'm' is not known"]),
        ("only = [{ n = 75 }]", ["data.only[1].n: 75 is no level that is run", "50, 100"]),
        ("exclude = [{ n = [50, 100] }]", ["pair, exclude and only leave no combination"]),
        ("fraction = 1", ["data.fraction: 1 given"]),
        (
            'pair = ["eta1=~*", "D"]\nonly = [{ n = 75 }]\nexclude = [{ m = 50 }]',
            ["has 3 mistakes", "data.pair[1]", "data.only[1].n", "data.exclude[1].m"],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(data: str, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        study(tmp_path, f"{data}\n{THREE}")
    for text in words:
        assert text in str(error.value)


def test_a_study_of_a_thousand_cells_keeps_few_worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    world = cell.catalogue.world
    monkeypatch.setattr(cell.catalogue, "world", lambda *given: made.append(given) or world(*given))
    cell._MADE.clear()
    sizes = "[50, 100, 150, 200, 250]"
    levels = ", ".join(f"0.{k}" for k in range(40, 60))
    found = study(tmp_path, f'[data.factors]\n"eta1=~*" = [{levels}]\n"eta2=~*" = [{levels[:58]}]\n', sizes)
    assert len(found.cells) == 1000
    assert len({each.key for each in found.cells}) == 1000
    assert len({*map(str, made)}) == 200  # each world once, whatever the sizes,
    assert made[200:] in ([], made[:1])  # but the first, which is no longer kept when the study is put together
    together = len(made)
    assert len(cell._MADE) == cell.KEPT
    _ = found.definition, found.cells[-1].label  # what names a study asks for no world again
    assert len(made) == together
    first = found.cells[0]
    assert first.world.content == found.cells[4].world.content
    assert len(made) == 201
    assert cell.content_key(first.world.content | {"n": 50}) == first.key
