"""What is asked on the command line, as questions, each checked before anything is drawn."""

from benchmarks.planning.questions import Coverage, KeepItems, Power, Question, Width, paths_of
from benchmarks.planning.setting import Setting
from sim.errors import InputError

#: The power that is asked for where nothing is said.
USUAL_POWER = 0.8


def questions_of(
    setting: Setting,
    path: str = "",
    power: float | None = None,
    joint: bool = False,
    coverage: float | None = None,
    width: float | None = None,
    keep_items: float | None = None,
) -> list[Question]:
    """The questions; power of 0.8 where nothing is asked. Raises InputError for a number out of range.

    joint: also how often all paths are significant in the same survey.
    """
    if power is None and (joint or all(asked is None for asked in (coverage, width, keep_items))):
        power = USUAL_POWER
    for name, share in (("power", power), ("coverage", coverage), ("keep-items", keep_items)):
        if share is not None and not 0 < share < 1:
            raise InputError(f"--{name} is {share:g}; give a probability between 0 and 1, such as 0.8")
    if power is not None and power <= setting.alpha:
        raise InputError(f"--power is {power:g}, no more than the level of the tests ({setting.alpha:g}); give more")
    if coverage is not None and coverage >= setting.level:
        raise InputError(
            f"--coverage is {coverage:g}, and intervals of {setting.level:.0%} come to their level only in endless "
            f"samples; give a little less, such as {setting.level - 0.02:g}"
        )
    if width is not None and not 0 < width < 2:
        raise InputError(f"--width is {width:g}; give the width of a standardised path's interval, such as 0.2")
    asked: list[Question] = []
    targets = paths_of(setting, path) if (power, coverage, width) != (None, None, None) else ()
    if power is not None:
        asked += [Power(power, (target,)) for target in targets]
        asked += [Power(power, targets)] if joint and len(targets) > 1 else []
    if coverage is not None:
        asked += [Coverage(coverage, (target,)) for target in targets]
    if width is not None:
        asked += [Width(0.5, (target,), width) for target in targets]
    if keep_items is not None:
        asked.append(KeepItems(keep_items))
    return asked
