"""Laws of what must not matter: the order of items and respondents, types, units, the direction of items."""

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates
from estimators.laws.subject import RESULTS, NotTested, Subject, agree
from estimators.laws.worlds import Survey
from sim.batch import Batch
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
    covariances = tuple(pair for pair in model.covariances if set(pair) <= left)
    return Model(blocks, model.paths, covariances, products=model.products)


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
    """Hold the same categories in other types, laid out in memory in other ways, and counted from other numbers."""
    small = method.of(survey)
    ids, address = survey.batch.replications, survey.batch.address
    twice = np.repeat(survey.answers, 2, axis=1)
    for how, lying in (
        ("item by item", np.asfortranarray(survey.answers)), ("with gaps between respondents", twice[:, ::2]),
    ):  # fmt: skip
        agree(
            small, method.fit(Batch.of(lying, ids, address), survey.model),
            "the same estimates however the array of the answers lies in memory", ("row by row", how),
            RESULTS, method.claims.tolerance,
        )  # fmt: skip
    for zero in (1, (survey.top + 1) // 2):
        agree(
            small, method.of(survey.with_answers((survey.answers - zero).astype(survey.answers.dtype))),
            "the same estimates when categories are counted from another number: 0 is an answer like others",
            ("from 1", f"from {1 - zero}"), RESULTS, method.claims.tolerance,
        )  # fmt: skip
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
    if target.kind == "product":
        return float(np.prod([-1.0 for end in target.parts if end in turned]))
    if target.kind not in ("path", "correlation", "indirect"):
        return 1.0
    return float(np.prod([-1.0 for end in (target.parts[0], target.parts[-1]) if end in turned]))


def reversed_item(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Turn round one item of three or more, which leaves the construct's direction to the others."""
    model = survey.model
    large = [j for j, block in enumerate(model.blocks) if len(block.items) > 2]
    if not large:
        raise NotTested("no model that the method accepts has what the law needs")
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
        _mirrored(plain.replaced(value=plain.value * signs), turned, model.constructs[block]), turned,
        f"turning round {model.items[item]} to turn its own loading round and no other estimate",
        ("before, with the sign that follows", "after"), ("value",), 10 * method.claims.tolerance,
    )  # fmt: skip


def _mirrored(expected: Estimates, found: Estimates, construct: str) -> Estimates:
    """What is expected, turned round as a whole in the data sets in which the construct came out as its mirror image.

    Which way a composite points is a convention: where the sign of few loadings decides, one item may turn it.
    """
    own = np.array([t.kind == "loading" and t.parts[0] == construct for t in expected.targets])
    mirror = np.where(own, -1.0, [_sign(target, {construct}) for target in expected.targets])
    turning = own if np.isfinite(expected.value[:, own]).any() else mirror < 0
    against = np.nansum(expected.value[:, turning] * found.value[:, turning], axis=1) < 0
    return expected.replaced(value=np.where(against[:, None], expected.value * mirror, expected.value))


def leaving_out(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Leave items out through `batch.keep`, and fit the model without them."""
    model = survey.model
    kept = [_some(len(block.items), rng) for block in model.blocks]
    smaller = with_items(model, kept)
    if method.estimator.refusal(smaller) is not None:
        raise NotTested("the method refuses the smaller model")
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


def construct_order(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Write the blocks and the paths in another order."""
    model = survey.model
    order = rng.permutation(len(model.blocks))
    outcomes = rng.permutation(sorted({outcome for outcome, _ in model.paths}))
    shuffled = [model.paths[i] for i in rng.permutation(len(model.paths))]
    paths = tuple(path for outcome in outcomes for path in shuffled if path[0] == outcome)
    products = tuple(model.products[i] for i in rng.permutation(len(model.products)))
    turned = Model(tuple(model.blocks[j] for j in order), paths, model.covariances, products=products)
    if method.estimator.refusal(turned) is not None:
        raise NotTested("the method refuses the blocks in another order")
    place = np.array([model.items.index(item) for item in turned.items])
    straight = method.of(survey)
    other = method.fit(survey.with_answers(survey.answers[:, :, place]).batch, turned, model.targets)
    agree(
        straight.replaced(retained=straight.retained[:, place], short=straight.short[:, order]), other,
        "the same estimates when blocks and paths are written in another order", ("as written", "in another order"),
        RESULTS, method.claims.tolerance,
    )  # fmt: skip


def names(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Give constructs and items other names, which stand in another order of the alphabet."""
    model = survey.model
    old = [*model.constructs, *model.items]
    new = dict(zip(old, (f"N{i:03d}_{k}" for k, i in enumerate(rng.permutation(999)[: len(old)])), strict=True))
    blocks = tuple(
        Block(new[block.construct], tuple(new[item] for item in block.items), block.kind) for block in model.blocks
    )
    covariances = tuple((new[a], new[b]) for a, b in model.covariances)
    products = tuple(_product(new[y], new[a], new[b]) for y, a, b in model.products)
    renamed = Model(blocks, tuple((new[y], new[x]) for y, x in model.paths), covariances, products=products)
    targets = tuple(_renamed(target, new) for target in model.targets)
    straight, other = method.of(survey), method.fit(survey.batch, renamed, targets)
    agree(
        straight, other, "the same estimates whatever constructs and items are called", ("as named", "renamed"),
        RESULTS, method.claims.tolerance,
    )  # fmt: skip


def _product(outcome: str, a: str, b: str) -> tuple[str, str, str]:
    """A product as models and targets have it: its constructs in alphabetical order."""
    first, second = sorted((a, b))
    return outcome, first, second


def _renamed(target: Target, new: dict[str, str]) -> Target:
    """The target with other names."""
    parts = tuple(new[part] for part in target.parts)
    return Target(target.kind, _product(*parts) if target.kind == "product" else parts)
