"""Laws of what must not matter: the order of items and respondents, types, units, the direction of items."""

import numpy as np
from hypothesis import assume
from numpy.typing import NDArray

from estimators.laws.strategies import Survey
from estimators.laws.subject import RESULTS, Subject, agree
from sim.model import Block, Model
from sim.targets import Target


def item_order(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Write the items of every block in another order; the first ones stay where they count for more."""
    model, stay = survey.model, int(method.claims.by_first_item)
    orders = [np.append(np.arange(stay), stay + rng.permutation(len(block.items) - stay)) for block in model.blocks]
    place = np.concatenate([model.bounds[j] + order for j, order in enumerate(orders)])
    turned = with_items(model, orders)
    straight = method.of(survey)
    shuffled = method.fit(survey.with_answers(survey.answers[:, :, place]).batch, turned, model.targets)
    agree(
        straight.replaced(retained=straight.retained[:, place]), shuffled,
        "the same estimates when the items of a block are written in another order", ("as written", "in another order"),
        RESULTS, method.claims.tolerance,
    )  # fmt: skip


def with_items(model: Model, chosen: list[NDArray[np.int64]]) -> Model:
    """The model with these items of each block, by their place in it."""
    blocks = tuple(
        Block(block.construct, tuple(block.items[i] for i in places), block.kind)
        for block, places in zip(model.blocks, chosen, strict=True)
    )
    left = {name for block in blocks for name in (block.construct, *block.items)}
    return Model(blocks, model.paths, tuple(pair for pair in model.covariances if set(pair) <= left))


def respondent_order(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Shuffle the respondents."""
    order = rng.permutation(survey.answers.shape[1])
    straight, shuffled = method.of(survey), method.of(survey.with_answers(survey.answers[:, order]))
    # A resample is a set of row numbers: other rows stand there now, so its inference may differ.
    fields = ("value", "retained", "short") if method.claims.resampled else RESULTS
    agree(
        straight, shuffled, "the same estimates whoever answered first", ("as given", "with respondents shuffled"),
        fields, method.claims.tolerance,
    )  # fmt: skip


def answer_type(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Hold the same categories in other types."""
    small = method.of(survey)
    for kind in (np.int64, np.float64):
        other = method.of(survey.with_answers(survey.answers.astype(kind)))
        agree(
            small, other, "the same estimates whatever type holds the answers", ("as int8", f"as {kind.__name__}"),
            RESULTS, method.claims.tolerance,
        )  # fmt: skip


def rescaling(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Write the answers in other units: any increasing whole numbers for categories where only their order counts."""
    p = len(survey.model.items)
    if method.claims.ordinal:
        codes = np.cumsum(rng.integers(1, 4, size=(p, survey.top + 1)), axis=1).astype(np.int8)
        rescaled: NDArray[np.generic] = codes[np.arange(p), survey.answers.astype(np.int64)]
        what = "the same estimates when categories are coded with other increasing whole numbers"
    else:
        shift, scale = rng.uniform(-50, 50, p), 10.0 ** rng.uniform(-2, 2, p)
        scale = np.full(p, scale[0]) if method.claims.raw_units else scale
        rescaled = survey.answers.astype(np.float64) * scale + shift
        of_items = "all items are" if method.claims.raw_units else "each item is"
        what = f"the same standardised estimates when {of_items} measured from another zero in another unit"
    # Raw alpha weighs items by their variances; all other targets are on the standardised scale.
    targets = [t for t in survey.model.targets if method.claims.raw_units or t.kind != "alpha"]
    plain = method.of(survey, targets)
    scaled = method.of(survey.with_answers(rescaled), targets)
    agree(plain, scaled, what, ("before", "after"), RESULTS, method.claims.tolerance)


def reversed_construct(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Turn round all items of some constructs.

    A sum or composite changes its sign; a latent variable is turned so that its loadings are positive again.
    Loadings, weights, R2 and reliabilities stay.
    """
    model = survey.model
    chosen = {str(name) for name in rng.permutation(model.constructs)[: rng.integers(1, len(model.blocks) + 1)]}
    mask = np.array([model.constructs[j] in chosen for j in model.block_of])
    signs = np.array([_sign(target, chosen) for target in model.targets])
    plain = method.of(survey)
    turned = method.of(survey.with_answers(np.where(mask, survey.turned, survey.answers)))
    lower, upper = (np.where(signs > 0, *ends) for ends in ((plain.lower, -plain.upper), (plain.upper, -plain.lower)))
    agree(
        plain.replaced(value=plain.value * signs, lower=lower, upper=upper), turned,
        f"turning round all items of {', '.join(sorted(chosen))} to turn round its relations and nothing else",
        ("before, with the sign that follows", "after"), RESULTS, method.claims.tolerance,
    )  # fmt: skip


def _sign(target: Target, turned: set[str]) -> float:
    """-1 where turning round all items of these constructs turns the target round."""
    if target.kind not in ("path", "correlation", "indirect"):
        return 1.0
    return float(np.prod([-1.0 for end in (target.parts[0], target.parts[-1]) if end in turned]))


def reversed_item(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Turn round one item of three or more, which leaves the construct's direction to the others."""
    model = survey.model
    large = [j for j, block in enumerate(model.blocks) if len(block.items) > 2]
    assume(large)
    block = int(rng.choice(large))
    item = int(rng.integers(model.bounds[block], model.bounds[block + 1]))
    answers = survey.answers.copy()
    answers[:, :, item] = survey.turned[:, :, item]
    # alpha and rho_c add answers or loadings up and are no measure of a block with one item reversed.
    targets = [t for t in model.targets if t.kind not in ("alpha", "rho_c")]
    signs = np.array([-1.0 if t.kind == "loading" and t.parts[1] == model.items[item] else 1.0 for t in targets])
    plain, turned = method.plain.of(survey, targets), method.plain.of(survey.with_answers(answers), targets)
    # Started from elsewhere, an iterative method comes to its limit from elsewhere: its last step is under the
    # tolerance of a stopping rule, and steps that shrink by a factor of .9 leave ten times that.
    agree(
        plain.replaced(value=plain.value * signs), turned,
        f"turning round {model.items[item]} to turn its own loading round and no other estimate",
        ("before, with the sign that follows", "after"), ("value",), 10 * method.claims.tolerance,
    )  # fmt: skip


def leaving_out(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Leave items out through `batch.keep`, and fit the model without them."""
    model = survey.model
    kept = [_some(len(block.items), rng) for block in model.blocks]
    smaller = with_items(model, kept)
    assume(method.estimator.refusal(smaller) is None)
    place = np.concatenate([model.bounds[j] + places for j, places in enumerate(kept)])
    mask = np.isin(np.arange(len(model.items)), place)
    answers = survey.answers.copy()
    answers[:, :, ~mask] = 1  # what is left out may be anything, even constant
    batch = survey.with_answers(answers).batch
    within = method.fit(batch.keep(np.tile(mask, (len(batch), 1))), model, smaller.targets)
    alone = method.fit(survey.with_answers(survey.answers[:, :, place]).batch, smaller)
    what = f"with only {', '.join(smaller.items)} in batch.retained, what the model of those items gives"
    names = ("in the smaller model", "with the others left out")
    agree(
        alone, within.replaced(retained=within.retained[:, place]), what, names, RESULTS, method.claims.tolerance
    )  # fmt: skip
    blank = alone.replaced(retained=np.zeros((len(batch), int((~mask).sum())), dtype=bool))
    agree(blank, within.replaced(retained=within.retained[:, ~mask]), what, names, ("retained",))


def _some(items: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of three items or more of a block, or of one: two of a weakly related block hardly fix a solution."""
    fewest = min(3, items)
    number = 1 if rng.random() < 0.25 else int(rng.integers(fewest, items + 1))
    return np.sort(rng.permutation(items)[:number])
