"""Products in the text of a model: what is read, what targets there are, what each mistake is told."""

import pytest

from sim import catalogue
from sim.catalogue.reshaped import model_with
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target, read_target
from sim.worlds.answers import AnswerWorld

BLOCKS = "X =~ x1 + x2\nZ =~ z1 + z2\n`The rest` =~ r1 + r2\nY =~ y1 + y2\n"


def model(structure: str) -> Model:
    return Model.parse(BLOCKS + structure)


def test_products_and_squares_stand_beside_the_paths_in_any_order() -> None:
    read = model("Y ~ Z:X + X + Z + X:X + `The rest` + `The rest`:Z\nZ ~ X")
    assert read.products == (("Y", "X", "Z"), ("Y", "X", "X"), ("Y", "The rest", "Z"))
    assert read.paths == (("Y", "X"), ("Y", "Z"), ("Y", "The rest"), ("Z", "X"))
    assert Model.parse(read.syntax) == read
    assert "Y ~ X + Z + `The rest` + X:Z + X:X + `The rest`:Z" in read.syntax
    assert read.beyond is None
    assert not model("Y ~ X").products


def test_observed_variables_may_be_multiplied() -> None:
    read = Model.parse("Y =~ y1 + y2\nY ~ age + income + age:income")
    assert read.products == (("Y", "age", "income"),)
    assert read.observed == {"age", "income"}


def test_a_product_and_its_slopes_are_targets() -> None:
    read = model("Y ~ X + Z + X:Z + X:X")
    names = ["Y~Z:X", "Y ~ X:X", "slope(Y~Z|X=-1)", "slope( Y~X | X = +1.50 )", "slope(Y~X|Z=.5)"]
    found = [read.target(name) for name in names]
    assert [target.name for target in found] == [
        "Y~X:Z", "Y~X:X", "slope(Y~Z|X=-1)", "slope(Y~X|X=1.5)", "slope(Y~X|Z=0.5)",
    ]  # fmt: skip
    assert [read_target(target.name) for target in found] == found
    assert [t.name for t in read.targets if t.kind == "product"] == ["Y~X:Z", "Y~X:X"]
    assert read.target("f2(Y~Z:X)").name == "f2(Y~X:Z)"
    assert read_target("Y~X:Z:X") is None
    assert read_target("slope(Y~X|Z)") is None


@pytest.mark.parametrize(
    ("structure", "words"),
    [
        ("Y ~ X + X:Z", ["line 5", "without the path Y~Z", "`Y ~ X + Z + X:Z`"]),
        ("Y ~ X:X", ["without the path Y~X", "`Y ~ X + X:X`"]),
        ("Y ~ X + Z + X*Z", ["`X*Z`", "write it as `X:Z`"]),
        ("Y ~ X + Z + a*X:Z", ["`a*X:Z`", "estimated as it is; write `X:Z`"]),
        ("Y ~ X + Z + X:Z + Z:X", ["written twice"]),
        ("Y ~ X + Z + X:Z:X", ["multiplies 3 constructs"]),
        ("Y ~ X + Z + X:", ["`X:`", "names are letters"]),
        ("X:Z =~ x1", ["stands on the right of `~` alone"]),
        ("Y ~ X + Z\nX:Z ~~ X", ["stands on the right of `~` alone"]),
        ("Y ~ X + W + X:W + Q:X", ["without the path Y~Q"]),
    ],
)
def test_each_mistake_is_told_with_what_to_write(structure: str, words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        model(structure)
    assert all(word in str(error.value) for word in words), error.value


def test_targets_that_a_model_lacks_are_told() -> None:
    read = model("Y ~ X + Z + X:Z")
    for name, words in (
        ("Y~X:X", "no product Y~X:X (it has Y~X:Z)"),
        ("slope(Y~Z|Z=1)", "no product Y~Z:Z"),
        ("Y~X:Q", "Q"),
        ("f2(Y~X:X)", "X:X"),
        ("slope(Y~X|Q=1)", "Q"),
    ):
        with pytest.raises(InputError) as error:
            read.target(name)
        assert words in str(error.value)


def test_a_population_has_products_among_its_values_not_in_its_model() -> None:
    with pytest.raises(InputError, match=r'line 5: the product Y~X:Z .* stands in \[values\], `"Y~X:Z" = 0.3`'):
        Model.plain(BLOCKS + "Y ~ X + Z + X:Z")


def test_the_truth_of_a_product_and_a_slope_is_the_populations() -> None:
    world = AnswerWorld(catalogue.population("plssem-likert"))
    truth = {"Y~X:Z": 0.3, "Y~X:X": 0.0, "slope(Y~X|Z=1)": 0.7, "slope(Y~X|Z=-2)": -0.2, "slope(Y~X|X=3)": 0.4}
    for name, value in truth.items():
        target = read_target(name)
        assert target is not None
        assert world.lacking(target) == pytest.approx(value, abs=1e-12)
    for nowhere in (Target("product", ("X", "Y", "Z")), Target("product", ("Y", "Q", "Z"))):
        assert world.lacking(nowhere) != world.lacking(nowhere)  # NaN


def test_carried_over_levels_keep_products() -> None:
    whole = "X =~ x1 + x2\nZ =~ z1 + z2\nY =~ y1 + y2\nY ~ X + Z"
    longer = model_with(f"{whole} + X:Z", whole, "X", {"items": 4})
    read = Model.parse(longer)
    assert read.products == (("Y", "X", "Z"),)
    assert read.indicators["X"] == ("x1", "x2", "x3", "x4")
