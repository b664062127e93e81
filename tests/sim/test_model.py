"""Model: blocks, bounds, causal order, the canonical text, and what a model that cannot be is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.model import Block, Model

CRM = """
ACRM =~ CC1 + CC2 + PC1
OCRM =~ OGG1 + OGG2
PERF <~ VA1 + VA2
PERF ~ ACRM + OCRM
CC1 ~~ CC2
"""


def test_a_model_knows_its_blocks_bounds_and_paths() -> None:
    model = Model.parse(CRM)
    assert model.blocks[2] == Block("PERF", ("VA1", "VA2"), "composite")
    assert model.items == ("CC1", "CC2", "PC1", "OGG1", "OGG2", "VA1", "VA2")
    assert model.bounds.tolist() == [0, 3, 5, 7]
    assert model.block_of.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert model.path_matrix.tolist() == [[False] * 3, [False] * 3, [True, True, False]]
    assert model.endogenous == ("PERF",)
    assert model.covariances == (("CC1", "CC2"),)


def test_a_block_may_be_written_in_several_statements() -> None:
    model = Model.parse("F =~ x1\nG =~ y1\nF =~ x2")
    assert model.items == ("x1", "x2", "y1")


def test_a_variance_is_read_and_joins_nothing() -> None:
    assert Model.parse("F =~ x1 + x2\nF ~~ F\nx1 ~~ x1").covariances == ()


def test_every_predictor_comes_before_its_outcomes_in_the_causal_order() -> None:
    model = Model.parse("C =~ c; B =~ b; A =~ a; D =~ d\nC ~ B\nB ~ A\nD ~ A + C")
    place = {model.constructs[j]: at for at, j in enumerate(model.causal_order)}
    assert all(place[predictor] < place[outcome] for outcome, predictor in model.paths)


def test_default_targets_are_in_a_fixed_order_under_their_lavaan_names() -> None:
    names = [target.name for target in Model.parse("A =~ a1 + a2; B =~ b1; C =~ c1\nC ~ A + B").targets]
    assert names == [
        "C~A", "C~B", "r2(C)", "A~~B", "A~~C", "B~~C", "A=~a1", "A=~a2", "B=~b1", "C=~c1",
        "alpha(A)", "alpha(B)", "alpha(C)", "rho_c(A)", "rho_c(B)", "rho_c(C)", "ave(A)", "ave(B)", "ave(C)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A <~ a1\nB <~ a1", ["line 2", "a1", "of B", "belongs to A"]),
        ("A =~ a1 + a1", ["line 1", "a1", "A"]),
        ("A =~ a1\nA <~ a2", ["line 2", "A", "=~", "<~"]),
        ("A =~ a1\nB =~ A", ["line 2", "A", "B", "second-order"]),
        ("A =~ A", ["line 1", "`A =~ A`", "one name", "`A_c =~ A`"]),
        ("A =~ a1\nB =~ b1\nH =~ A + B + c1", ["line 3", "H", "c1", "second-order"]),
        ("A =~ a1\nB =~ b1\nH =~ A + B\nY =~ y1\nY ~ A", ["line 5", "Y~A", "dimension of H"]),
        ("A =~ a1\nB =~ b1\nB ~ a1", ["line 3", "B~a1", "a1 is an item of A"]),
        ("A =~ a1\nA ~ A", ["line 2", "A cannot predict itself"]),
        ("A =~ a1\nB =~ b1\nB ~ A\nB ~ A", ["line 4", "B~A", "twice"]),
        ("A =~ a1\nA ~~ a1", ["line 2", "A ~~ a1"]),
        ("A =~ a1\na1 ~~ a2", ["line 2", "'a2'"]),
        ("A =~ a1; B =~ b1\nA ~~ B\nB ~~ A", ["line 3", "B ~~ A", "twice"]),
        ("A ~~ B", ["no block", "F =~ x1"]),
    ],
)
def test_a_model_that_cannot_be_is_refused_with_line_and_construct(text: str, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Model.parse(text)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("PERF =~ a1\nACRM =~ b1\nPERF ~ ACR", ["line 3", "PERF~ACR", "'ACR'", "did you mean 'ACRM'?", "PERF"]),
        ("A =~ a1\nB =~ b1\n\nC ~ A", ["C~A", "'C'", "allowed: A, B"]),
        ("A =~ a1 + 0.8*a2", ["`A =~ 0.8*a2` (line 1)", "[values]"]),
        ("A =~ a1 + a2\nB =~ a2 + b1", ["line 2", "a2 of B belongs to A", "[values]"]),
    ],
)
def test_the_model_of_a_population_holds_names_alone(text: str, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Model.plain(text)
    for part in parts:
        assert part in str(caught.value)


def test_a_feedback_loop_is_refused_with_its_lines_and_only_its_own_constructs() -> None:
    text = "A =~ a; B =~ b; Cause =~ c; Effect =~ d\nA ~ B + Cause\nB ~ A\nEffect ~ B"
    with pytest.raises(InputError) as caught:
        Model.parse(text)
    message = str(caught.value)
    assert "lines 2, 3" in message
    assert "A, B" in message
    assert "Cause" not in message
    assert "Effect" not in message


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("PERF~ACR", ["'PERF~ACR'", "did you mean 'ACRM'?"]),
        ("ACRM~PERF", ["no path ACRM~PERF", "PERF~ACRM"]),
        ("ACRM=~OGG1", ["ACRM's item 'OGG1'", "CC1"]),
        ("ACRM<~CC9", ["'CC9'", "CC2"]),
        ("r2(ACRM)", ["no path leads to ACRM", "PERF"]),
        ("ave(NONE)", ["'NONE'"]),
        ("ACRM->OCRM->PERF", ["no path OCRM~ACRM"]),
        ("power", ["'power' is no target", "Y~X", "r2(Y)"]),
    ],
)
def test_a_target_the_model_lacks_is_refused_with_what_it_has(name: str, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Model.parse(CRM).target(name)
    for part in parts:
        assert part in str(caught.value)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Models of 1 to 5 blocks with any recursive paths, written in any order, and some covariances."""
    m = draw(st.integers(1, 5))
    order = draw(st.permutations(range(m)))
    sizes = [draw(st.integers(1, 4)) for _ in range(m)]
    lines = [
        f"F{j} {draw(st.sampled_from(['=~', '<~']))} " + " + ".join(f"x{j}.{i}" for i in range(sizes[j]))
        for j in range(m)
    ]
    possible = [(order[b], order[a]) for b in range(m) for a in range(b)]
    chosen = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    lines += [f"F{outcome} ~ F{predictor}" for outcome, predictor in chosen]
    if sizes[0] > 1 and draw(st.booleans()):
        lines.append("x0.1 ~~ x0.0")
    return Model.parse("\n".join(draw(st.permutations(lines))))


@given(models())
@settings(max_examples=60, deadline=None)
def test_the_canonical_text_reads_back_as_an_equal_model(model: Model) -> None:
    again = Model.parse(model.syntax)
    assert again == model
    assert again.syntax == model.syntax
    assert again.targets == model.targets
    assert np.array_equal(again.path_matrix, model.path_matrix)


@given(models())
@settings(max_examples=30, deadline=None)
def test_every_default_target_is_found_again_by_its_name(model: Model) -> None:
    assert tuple(model.target(target.name) for target in model.targets) == model.targets
