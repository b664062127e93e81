"""What was executed, where the study file alone does not say it: the answers' scale, and how the run departs."""

from benchmarks.study.study import Study
from sim.answers.likert import Scale


def answers(study: Study) -> str:
    """How responses of the first population become answers: categories and thresholds; empty for other data."""
    scale = getattr(study.cells[0].population, "scale", None)
    if not isinstance(scale, Scale):
        return ""
    items = len(study.model.items)
    if scale.is_continuous:
        return f"The {items} items are answered on a continuous scale."
    kinds = list(dict.fromkeys(scale.thresholds))
    counts = sorted({len(cuts) + 1 for cuts in scale.thresholds})
    told = f"The {items} items are answered in {' or '.join(map(str, counts))} categories"
    if len(kinds) == 1:
        cuts = ", ".join(f"{cut:.3f}" for cut in kinds[0])
        return f"{told}: a standardised response exceeds so many of the thresholds {cuts}."
    return f"{told}, by the thresholds of each item."


def deviations(study: Study) -> list[str]:
    """How the run departs from the study file as it stands."""
    told = []
    if study.quick:
        asked = study.file.quick
        changes = [f"at most {asked.replications:,} replications a cell", f"{asked.resamples:,} resamples"]
        if asked.n is not None:
            changes.append(f"n = {', '.join(map(str, asked.n))} only")
        changes += [f"{name} = {', '.join(map(str, levels))} only" for name, levels in (asked.factors or {}).items()]
        told.append(f"It ran with --quick, the small version that the file describes: {'; '.join(changes)}.")
    asked_for = study.file.data.replications  # None where the targets of [performance] decide
    if asked_for is not None and study.replications != asked_for:
        told.append(f"{study.replications:,} replications a cell were run; the file asks for {asked_for:,}.")
    return told
