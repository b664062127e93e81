"""What the decisions did, in sentences: items and sets that go, what the selected items look like, both estimands."""

from reports.printing.numbers import is_known, number, with_error
from reports.printing.words import listed
from reports.results import Results
from reports.study.decisions import false_positives, remedies
from reports.study.rows import STEPS
from reports.study.sentences import path_in_words
from sim.targets import read_target

#: What is inflated by choosing items on the data.
_QUALITY = ("alpha", "rho_c", "ave", "r2")


def sentences(results: Results) -> list[str]:
    """Sentences on the first method that decides, in the baseline cell; none where no method decides."""
    if not results.deciding or not results.has("step_method"):
        return []
    told = [tell(results) for tell in (_who, _sets, _stability, _inflation, _scores)]
    told.insert(1, false_positives.sentence(results))
    told.append(_printed(results))
    told += [tell(results, path) for path in results.paths for tell in (_ladder, remedies.sentence)]
    return [sentence for sentence in told if sentence]


def _who(results: Results) -> str:
    label = results.study.methods[results.deciding[0]].label
    return f"The numbers are those of “{label}” at n = {results.baseline_n} in the baseline population."


def _sets(results: Results) -> str:
    """Which named sets are lost as a whole, and which just so."""
    cell, method, told = results.baseline_cell, results.deciding[0], []
    for name, items in results.study.item_sets.items():
        whole = results.estimate(cell, method, name, "set_all_dropped")
        just = results.estimate(cell, method, name, "set_exactly_dropped")
        if is_known(whole) and is_known(just) and whole and whole.value:
            alone = f" (these and no others in {with_error(just, 'share')})" if just and just.value else ""
            told.append(f"all {len(items)} items of {name} in {with_error(whole, 'share')} of studies{alone}")
    return f"It drops {listed(told)}." if told else ""


def _stability(results: Results) -> str:
    """What two studies would have in common; nothing where no item is ever dropped."""
    cell, method = results.baseline_cell, results.deciding[0]
    alike, index = (results.estimate(cell, method, "", measure) for measure in ("jaccard", "stability"))
    if not is_known(alike) or not is_known(index):
        return ""
    share = f"Of the items that either of two such studies retains, both retain {with_error(alike, 'share')} on average"
    return f"{share} (Nogueira's index of stability: {with_error(index, 'coefficient')})."


def _inflation(results: Results) -> str:
    """What choosing items on the same data adds to coefficients of quality."""
    cell, method, told = results.baseline_cell, results.deciding[0], []
    for target in results.study.estimands:
        spelled = read_target(target)
        found = results.estimate(cell, method, target, "selection_inflation")
        if spelled and spelled.kind in _QUALITY and is_known(found):
            told.append(f"{with_error(found, 'coefficient', signed=True)} to {target}")
    if not told:
        return ""
    return f"Choosing items on the data that are then reported adds {listed(told)}: no other sample would show that."


def _scores(results: Results) -> str:
    cell, method, told = results.baseline_cell, results.deciding[0], []
    for construct, label in results.study.constructs.items():
        after = results.estimate(cell, method, construct, "score_validity")
        whole = results.estimate(cell, method, construct, "score_validity_all_items")
        if is_known(after) and is_known(whole) and whole:
            told.append(f"{label} {with_error(after, 'coefficient')} in place of {number(whole.value)}")
    if not told:
        return ""
    return f"Correlation of the score with the true construct, after the decision and with all items: {listed(told)}."


def _printed(results: Results) -> str:
    """The predictive check: where what the source prints lies among the estimates."""
    cell, method, told = results.baseline_cell, results.deciding[0], []
    for target, value in results.study.printed.items():
        found = results.estimate(cell, method, target, "at_most_printed")
        if is_known(found):
            told.append(f"{target} = {number(value)} ({with_error(found, 'share')})")
    if not told:
        return ""
    return (
        f"The source prints {listed(told)}; in brackets stands the share of simulated studies with no larger value. "
        "Where it is near 0% or 100%, the source's data are hardly from such a population."
    )


def _ladder(results: Results, path: str) -> str:
    """How the bias of a path comes about, and what its interval covers."""
    cell, method = results.baseline_cell, results.deciding[0]
    bias = results.estimate(cell, method, path, "bias")
    steps = [results.estimate(cell, method, path, step) for step in STEPS]
    if not is_known(bias) or not all(is_known(step) for step in steps):
        return ""
    parts = [with_error(step, "coefficient", signed=True) for step in steps]
    ways = ("the method", "the answer scale", "the rule", "the small sample")
    carried = listed([f"{part} by {way}" for part, way in zip(parts, ways, strict=True)])
    sentence = (
        f"{path_in_words(results, path)}: the bias of {with_error(bias, 'coefficient', signed=True)} is {carried}."
    )
    shift = results.estimate(cell, method, path, "screening_shift")
    if is_known(shift):
        sentence += (
            f" (On the same data the rule moves the estimate by {with_error(shift, 'coefficient', signed=True)}: "
            "its own step, and what it changes in that of the small sample.)"
        )
    truth, own = (results.estimate(cell, method, path, what) for what in ("coverage", "coverage_of_limit"))
    if is_known(truth) and is_known(own):
        sentence += (
            f" The interval covers the truth in {with_error(truth, 'share')} of studies, and what this method "
            f"would find with infinitely many respondents and the same items in {with_error(own, 'share')}."
        )
    return sentence
