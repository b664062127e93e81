"""The order of the house: every place that holds Python files, and where the tree does not keep to it yet.

A place is a folder, for the files directly in it, or a file with a place of its own. Imports run downwards only.
docs/decisions/0001 says why; test_imports.py holds the tree against this file.
"""

#: The lowest first. A new folder, and a new file that stands directly in a room, is a line here.
ORDER = [
    # the world of a study
    "sim/kernels/loops.py",
    "sim/kernels/",
    "sim/errors.py",
    "sim/grammar/",
    "sim/",  # the ground: what methods may see too
    "sim/distributions/",
    "sim/answers/",
    "sim/structures/",
    "sim/parameters/",
    "sim/population/",
    "sim/implied/",
    "sim/drawing/",
    "sim/solving/",
    "sim/themes/",
    "sim/worlds/",
    "sim/tables/reading/",
    "sim/tables/bounds/",
    "sim/tables/",
    "sim/surveys/cells/",
    "sim/surveys/reading/",
    "sim/surveys/",
    "sim/catalogue/",
    # the methods
    "estimators/base.py",
    "estimators/faults.py",
    "estimators/checked.py",
    "estimators/solution.py",
    "estimators/quantities.py",
    "estimators/entry.py",
    "estimators/settings.py",
    "estimators/kernels/",
    "estimators/polychoric.py",
    "estimators/shared/",
    "estimators/inference/",
    "estimators/raw/",
    "estimators/constrained/",
    "estimators/weighted/",
    "estimators/composites/",
    "estimators/factors/",
    "estimators/fullweight/",
    "estimators/grouped/",
    "estimators/twostep/",
    "estimators/incomplete/",
    "estimators/groups/",
    "estimators/sources.py",
    "estimators/outside.py",
    "estimators/decisions/rule.py",
    "estimators/decisions/items.py",
    "estimators/decisions/threshold.py",
    "estimators/decisions/checked.py",
    "estimators/decisions/loadings/",
    "estimators/decisions/scales/",
    "estimators/decisions/validity/",
    "estimators/decisions/controls/",
    "estimators/decisions/models/",
    "estimators/decisions/analyst/",
    "estimators/decisions/",
    "estimators/wrappers/wrapper.py",
    "estimators/wrappers/jackknife.py",
    "estimators/wrappers/bootstrap.py",
    "estimators/wrappers/hypotheses/",
    "estimators/products/",
    "estimators/prediction/",
    "estimators/wrappers/",
    "estimators/adapters/",
    "estimators/catalogue.py",
    "estimators/methods.py",
    "estimators/richness/",
    "estimators/laws/worlds.py",
    "estimators/laws/strategies.py",
    "estimators/laws/subject.py",
    "estimators/laws/law.py",
    "estimators/laws/properties/",
    "estimators/laws/properties/inference/",
    "estimators/laws/decisions/",
    "estimators/laws/",
    # studies, and what is measured in them
    "benchmarks/files.py",
    "benchmarks/cells.py",
    "benchmarks/schema.py",
    "benchmarks/measures/basis/",
    "benchmarks/measures/compared/",
    "benchmarks/measures/decisions/",
    "benchmarks/measures/",
    "benchmarks/study/form/",
    "benchmarks/study/cells/",
    "benchmarks/study/",
    "benchmarks/stored/",
    "benchmarks/estimates.py",
    "benchmarks/evaluation/",
    "benchmarks/evaluation/described/",
    "benchmarks/run/",
    "benchmarks/contrast/",
    "benchmarks/archive/",
    "benchmarks/own/remarks/",
    "benchmarks/own/analysis.py",
    "benchmarks/own/flags.py",
    "benchmarks/own/fitted.py",
    "benchmarks/own/groups/",
    "benchmarks/own/likelihood/",
    "benchmarks/own/tables/",
    "benchmarks/own/",
    "benchmarks/own/likeness/",
    "benchmarks/portraits/",
    "benchmarks/planning/",
    "benchmarks/newfiles/",
    "benchmarks/advising/",
    "benchmarks/auditing/",
    "benchmarks/doctor/",
    # what people read
    "reports/record.py",
    "reports/vocabulary.py",
    "reports/results.py",
    "reports/printing/",
    "reports/drawing/",
    "reports/diagram/",
    "reports/study/",
    "reports/study/decisions/",
    "reports/study/evidence/",
    "reports/study/figures/",
    "reports/look/",
    "reports/fit/",
    "reports/show/",
    "reports/reconstruction/",
    "reports/contrast/",
    "reports/interviews/",
    "reports/planning/",
    "reports/advising/",
    "reports/protocol/",
    "reports/auditing/",
    "reports/book/",
    "reports/__init__.py",
    "reports/python/",
    "reports/commands/",
    # the front door
    "loadstone.py",
]

#: Rooms, and the single file at the top.
ROOMS = ["sim", "estimators", "benchmarks", "reports", "loadstone.py"]

#: Outside the order, as tests are: speed tests time whole studies, so they see every room.
OUTSIDE = "benchmarks/speed/"

#: What a method may know of the world: the ground, and how loops are compiled.
METHODS_MAY_SEE = ["sim/kernels/loops.py", "sim/errors.py", "sim/grammar/", "sim/"]
#: Laws hold methods against populations whose truth they know (docs/decisions/0008).
LAWS_MAY_SEE = [*METHODS_MAY_SEE, "sim/population/", "sim/drawing/", "sim/answers/"]
#: The command `laws` holds them; nothing else imports what sees the truth.
MAY_HOLD_LAWS = ("reports/commands/laws.py",)

#: A loop a file is what a reader looks for there, however many there are.
MAY_BE_LARGE = ["sim/kernels/", "estimators/kernels/"]

#: May import what only editors read, under TYPE_CHECKING: nothing stands above it, so that no circle can hide there.
MAY_IMPORT_FOR_HINTS = {"loadstone.py"}

#: Slow to import, and every command would wait for it: these are imported where they are used.
SLOW = [
    "scipy.stats",
    "scipy.interpolate",
    "statsmodels",
    "altair",
    "vl_convert",
    "matplotlib",
    "dask",
    "distributed",
    "duckdb",
    "hypothesis",
]
#: Laws cannot be defined without hypothesis, nor a plugin for Dask's workers without Dask; both are imported late.
MAY_BE_SLOW = ("estimators/laws/", "benchmarks/run/cluster.py")


# --- where the tree does not keep to this yet: these tables may only shrink ---

KNOWN_UPWARD: set[tuple[str, str]] = set()
KNOWN_CIRCLES: set[frozenset[str]] = set()
KNOWN_FOR_HINTS_ONLY: set[str] = set()
KNOWN_SLOW: set[str] = set()
KNOWN_CROWDED: dict[str, int] = {}
