"""Shorthands among values, and files that put values on top of a base."""

from pathlib import Path

import pytest

from sim import catalogue
from sim.errors import InputError
from sim.model import Model
from sim.parameters.shorthands import written_out
from sim.population.record import Population
from tests.worlds import MODEL, VALUES


def test_what_is_named_itself_keeps_its_value_and_the_narrower_shorthand_goes_first() -> None:
    short = {"*=~*": 0.7, "F=~*": 0.8, "F=~x3": 0.5, "*~~*": 0.3, "G~*": 0.25}
    whole = {f"F=~x{i}": value for i, value in enumerate((0.8, 0.8, 0.5), start=1)}
    whole |= {name: 0.7 for name in VALUES if name.startswith(("H=~", "G=~"))}
    whole |= {"F~~H": 0.3, "G~F": 0.25, "G~H": 0.25}
    assert written_out(MODEL, short) == whole
    assert Population.of(MODEL, short).content == Population.of(MODEL, whole).content


def test_correlations_are_those_of_exogenous_constructs() -> None:
    model = Model.parse("A =~ a1 + a2\nB =~ b1 + b2\nC =~ c1 + c2\nY =~ y1 + y2\nY ~ A")
    assert written_out(model, {"B~~*": 0.2}) == {"A~~B": 0.2, "B~~C": 0.2}
    assert written_out(model, {"B~~*": 0.2, "C ~~ B": 0.4}) == {"A~~B": 0.2, "C ~~ B": 0.4}
    assert written_out(model, {"*~A": 0.2}) == {"Y~A": 0.2}


def test_an_unmodelled_constructs_shorthands() -> None:
    model = Model.parse("A =~ a1 + a2\nC <~ c1 + c2")
    assert written_out(model, {"M=~*": 0.2, "M~~*": 0.1}, ("M", "N")) == {"M=~a1": 0.2, "M=~a2": 0.2, "M~~N": 0.1}
    assert written_out(model, {"C<~*": 1.0}) == {"C<~c1": 1.0, "C<~c2": 1.0}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"K=~*": 0.3}, "K=~*: a shorthand is `F=~*`"),
        ({"x1~~*": 0.3}, "x1~~*: a shorthand is `F=~*`"),
        ({"F=~x*": 0.3}, "F=~x*: a shorthand is `F=~*`"),
        ({"*": 0.3}, "*: a shorthand is"),
        ({"F~*": 0.3}, "F~*: the model has no such parameter"),
        ({"F~~*": 0.3, "H~~*": 0.2}, "is 0.3 by F~~* and 0.2 by H~~*; give F~~H itself"),
    ],
)
def test_what_stands_for_nothing_is_told(values: dict[str, float], told: str) -> None:
    with pytest.raises(InputError) as error:
        written_out(MODEL, values)
    assert told in str(error.value)


def made(folder: Path, text: str) -> Population:
    path = folder / "top.toml"
    path.write_text(text, encoding="utf-8")
    return catalogue.population(str(path))


def test_values_on_top_take_the_place_of_the_bases(tmp_path: Path) -> None:
    base = catalogue.population("three-factors")
    own = made(tmp_path, 'base = "three-factors"\nsource = "mine"\n[values]\n"*=~*" = 0.5\n')
    assert own.source == "mine"
    assert set(own.loadings) == {0.5}
    assert (own.paths == base.paths).all()
    assert made(tmp_path, 'base = "three-factors"\n').content == base.content


def test_values_replace_what_was_solved(tmp_path: Path) -> None:
    base = catalogue.population("crm-clusters")
    own = made(tmp_path, 'base = "crm-clusters"\n[values]\n"PERF~ACRM" = 0.1\n')
    target = own.model.target("PERF~ACRM")
    assert own.truth([target])[0] == 0.1
    assert base.truth([target])[0] != 0.1
    assert (own.loadings == base.loadings).all()
    assert own.scale == base.scale


def test_a_factor_beside_a_base_with_values_sets_parameters(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(
        f'model = """\n{MODEL.syntax}\n"""\n[values]\n"*=~*" = 0.7\n"G~F" = 0.3\n', encoding="utf-8"
    )
    text = 'base = "base.toml"\nunmodelled = ["M"]\n[values]\n"M=~*" = 0.2\n'
    population = made(tmp_path, text + '[factors.p]\nsets = "path"\nlevels = [0.2, 0.4]\n')
    assert population.truth([MODEL.target("G~H")])[0] == 0.2
    assert population.crossloadings.unmodelled == ("M",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('base = "crm-clusters"\nmodel = "F =~ x1"\n', "model: the base is solved from a published table"),
        (
            'base = "crm-clusters"\n[factors.p]\nsets = "path"\nlevels = [0.2]\n',
            "factors.p: beside a base that was solved",
        ),
        ('base = "social-crm-interviews"\n[values]\n"F~G" = 0.1\n', "values: the base is one of themes"),
        ('base = "three-factors"\n[values]\n"K=~*" = 0.1\n', "K=~*: a shorthand is"),
        ('base = "three-factors"\n[values]\n"eta9~eta1" = 0.1\n', "eta9"),
    ],
)
def test_what_no_base_takes_is_told(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        made(tmp_path, text)
    assert told in str(error.value)
