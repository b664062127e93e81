"""The list: each fault with its method, what its author would claim, and the law that should name it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from estimators.adapters import from_sklearn, one_at_a_time
from estimators.catalogue import ESTIMATORS
from estimators.composites.pls import PLS
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.jackknife import Jackknife

from . import adapted, around, own, resampling, using
from .around import Around, Before
from .using import HiddenLevel, Remembers, Settles, TurnsItselfOff


@dataclass(frozen=True)
class Fault:
    """A fault: what it is of, how it is made, the laws of which one should name it, claims."""

    of: str
    make: Callable[[], Any]
    laws: tuple[str, ...]
    claims: dict[str, Any] = field(default_factory=dict)


def method(name):
    return ESTIMATORS[name].estimator()


def bootstrapped(name="pls", **settings):
    return Bootstrap(method(name), 60, **settings)


def _named(change):
    return getattr(around, change, None) or getattr(using, change)


def _around(name, change, *laws, **claims):
    return Fault(name, lambda: Around(method(name), _named(change)), laws, claims)


def _before(name, change, *laws, **claims):
    return Fault(name, lambda: Before(method(name), _named(change)), laws, claims)


def _own(kind, *laws, **claims):
    return Fault("stranger", getattr(own, kind), laws, {"raw_units": True, **claims})


def _drawn(kind, *laws, **claims):
    return Fault("stranger", getattr(resampling, kind), laws, {"raw_units": True, "resampled": True, **claims})


def _function(kind, *laws, **claims):
    return Fault("one_at_a_time", one_at_a_time(getattr(adapted, kind)), laws, {"raw_units": True, **claims})


def _sklearn(transformer, regressor, *laws, **claims):
    return Fault(
        "from_sklearn", lambda: from_sklearn(transformer(), regressor())(), laws, {"raw_units": True, **claims}
    )


def _program(name, *laws, **claims):
    return Fault("from_command", lambda: adapted.program(name), laws, {"raw_units": True, **claims})


FAULTS = {
    # alive
    "gives most data sets up": _around("pls", "picky", "alive"),
    "loadings of a block are those of the start": _around("gsca", "start_kept", "alive"),
    "standard errors of three decimals": _around("ml", "se_of_three_decimals", "alive"),
    "reads the first hundred respondents": _before(
        "sumscores", "first_hundred", "doubled", "respondent-order", "streams"
    ),
    "calls everything inadmissible": _around("miiv", "always_inadmissible", "alive"),
    "paths of two decimals": _around("sam", "paths_of_two_decimals", "alive"),
    "last item of each block is not used": _own("LastUnused", "item-order", "leaving-out"),
    # coherent inference
    "longer below than above": _around("ml", "longer_above", "coherent-inference", "level-kept"),
    "p-values of two decimals": _around("mlr", "p_of_two_decimals", "coherent-inference", "alive"),
    "p-values for many paths": _around("sumscores", "p_for_many_paths", "coherent-inference"),
    "n - 1 degrees of freedom": _around("regression_scores", "n_less_one", "degrees-of-freedom"),
    "Fisher's z not turned back": _around("uls", "fisher_not_back", "coherent-inference"),
    "ends by the sign of the estimate": _around("miiv", "ends_by_sign", "coherent-inference", "honest-status"),
    "one-sided p-values": Fault(
        "bootstrap", lambda: Around(bootstrapped(), around.one_sided), ("coherent-inference", "false-alarms")
    ),
    "level forgotten": Fault(
        "jackknife", lambda: Around(Jackknife(method("sumscores")), around.level_forgotten), ("level-kept",)
    ),
    "two standard errors at any level": _around("mlr", "two_errors", "level-kept"),
    "interval around the shrunk estimate": _around("ml", "around_the_shrunk", "coherent-inference"),
    "standard errors of first predictors only": _around(
        "bartlett_scores", "errors_of_first_predictors", "coherent-inference"
    ),
    # calibrated inference
    "errors of the first outcome for all": _around(
        "ml", "errors_of_the_first_outcome", "coherent-inference", "calibrated"
    ),
    "error of an indirect effect is the product": _around("ml", "indirect_error_is_product", "calibrated", "doubled"),
    "error of an indirect effect is the sum": _around("sam", "indirect_error_is_sum", "calibrated"),
    "error of r2 is 1 / root n": _around("ml", "r2_error_of_nothing", "calibrated", "alive"),
    "no VIF in standard errors": _around("gls", "without_vif", "calibrated"),
    "spread of the left-out estimates": Fault(
        "jackknife", lambda: Around(Jackknife(PLS()), around.spread_of_the_left_out), ("calibrated", "doubled")
    ),
    "unstandardised errors of loadings": _around("uls", "unstandardised_loadings_error", "calibrated"),
    "naive errors": _around("wlsmv", "naive_errors", "calibrated"),
    "chi-square's lower tail": _around("ml", "chisq_lower_tail", "false-alarms"),
    "chi-square's df are the parameters": _around("mlm", "chisq_df_of_parameters", "false-alarms"),
    # bounds
    "Heywood cases hidden": _around("ml", "hidden_heywood", "possible"),
    "disattenuated correlations clipped": _own("Clipped", "possible", raw_units=True, approximate=True),
    "RMSEA without its root": _around("ml", "rmsea_without_root", "fit-measures"),
    "RMSEA of another n": _around("uls", "rmsea_of_n", "fit-measures"),
    "CFI beyond 1": _around("ml", "cfi_beyond", "fit-measures"),
    "BIC by items": _around("ml", "bic_of_items", "fit-measures"),
    "HTMT without its root": _around("sumscores", "htmt_without_root", "follows"),
    "f2 of the whole": _around("plsc", "f2_of_the_whole", "follows"),
    "rho_A off by n / (n - 1)": _around("pls", "rho_a_off", "follows", "doubled"),
    "Fornell-Larcker of correlations": _around("plsc", "fornell_not_squared", "follows"),
    "paths off by n / (n - 1)": _around("disattenuated", "correlations_of_n_less_one", "doubled", "follows"),
    "difference turned round": _own("DifferenceTurned", "follows"),
    "n and n - 1 mixed": _own("DivisorsMixed", "doubled", "possible"),
    # structures
    "six constructs only": _around("gsca", "six_constructs_only", "faithful", "structures"),
    "covariances of errors ignored": _before("ml", "covariances_ignored", "truth", "structures"),
    "composites taken for factors": _own("CompositesToo", "faithful", approximate=True),
    "never any composite": _around("pls", "never_composites", "structures"),
    "pairs are short": _around("pls", "pair_is_short", "diagnostics", "honest-status"),
    "weak items said to be left out": _around("plsc", "weak_called_left_out", "diagnostics", "honest-status"),
    "loadings of pairs lost": _own("NoLoadingsOfPairs", "honest-status", "structures"),
    "single items divide by zero": _own("NeedsTwo", "structures"),
    "a model without paths": _own("NeedsAPath", "structures"),
    "simple regressions": _own("Simple", "faithful"),
    "paths in another order": _own("OthersPredictors", "faithful", "follows", "construct-order"),
    # no side effects
    "prints": _around("sumscores", "prints", "no-side-effects"),
    "an option of pandas": _around("pls", "pandas_option", "no-side-effects"),
    "logs silenced": _around("ml", "silences_logs", "no-side-effects"),
    "temporary files left": _around("components", "leaves_files", "no-side-effects"),
    "garbage collection off": _around("sumscores", "collects_no_garbage", "no-side-effects"),
    "a thread left running": _around("sumscores", "leaves_a_thread", "no-side-effects"),
    "Ctrl-C taken": _around("pls", "takes_the_interrupt", "no-side-effects"),
    "files left open": _around("pls", "leaves_files_open", "no-side-effects"),
    "settles at its first fit": Fault(
        "ml", lambda: Settles(method("ml")), ("no-memory", "repeatable", "batch-equals-loop")
    ),
    "remembers by place in memory": Fault(
        "pls", lambda: Remembers(method("pls"), using.by_place_in_memory), ("no-memory", "batch-equals-loop")
    ),
    "remembers by the first answers": Fault(
        "ml", lambda: Remembers(method("ml"), using.by_first_answers), ("no-memory",)
    ),
    "remembers whatever the paths": Fault(
        "sumscores", lambda: Remembers(method("sumscores"), using.by_answers_and_items), ("no-memory",)
    ),
    "warm starts": _own("WarmStart", "batch-equals-loop", "no-memory", "repeatable", raw_units=False),
    # streams
    "half of the respondents drawn": _drawn("HalfOfThem", "calibrated"),
    "the last respondent never drawn": _drawn("NeverTheLast", "streams"),
    "only fifty respondents drawn": _drawn("FirstFifty", "calibrated", "streams"),
    "items drawn apart": _drawn("ColumnsApart", "calibrated"),
    "seed + replication": _drawn("SeedPlusReplication", "streams"),
    "seed + replication + resample": _drawn("SeedPlusResample", "streams"),
    "ten seeds": _drawn("TenSeeds", "streams"),
    "number of resamples forgotten": _drawn("CountForgotten", "resamples-kept"),
    "all resamples said to be usable": _drawn("SaysAll", "streams"),
    "a longer tail": _drawn("Shifted", "level-kept", "coherent-inference", "calibrated"),
    "resamples not sorted": _drawn("Unsorted", "level-kept", "coherent-inference"),
    # works where it will be used
    "asks for batch.answers": _before("sumscores", "answers_only", "within-wrappers"),
    "reads memory as it lies": _before("sumscores", "as_in_memory", "answer-type"),
    "items of the first data set for all": _before("plsc", "first_items_for_all", "ragged"),
    "a table of the module": _own("OneBuffer", "threads-and-copies"),
    "more items than respondents": _own("SmallSurveys", "honest-status"),
    "ids are places": _own("IdsArePlaces", "protocol", "alive"),
    "listwise by the first data set": Fault(
        "handled", lambda: adapted.SameRowsForAll(method("sumscores"), "listwise"), ("gaps-taken",)
    ),
    "counts everyone": Fault("handled", lambda: adapted.CountsEveryone(method("pls"), "listwise"), ("gaps-taken",)),
    "grand means": Fault("handled", lambda: adapted.GrandMean(method("sumscores"), "mean"), ("gaps-taken",)),
    "gaps as answers": Fault("handled", lambda: adapted.GapsAsAnswers(method("ml"), "listwise"), ("gaps-taken",)),
    "screened by the first": Fault(
        "screening", lambda: adapted.ScreenedByTheFirst(PLS(), AllAtOnce(0.7)), ("batch-equals-loop",)
    ),
    "says it kept all": Fault(
        "screening", lambda: adapted.SaysItKeptAll(PLS(), AllAtOnce(0.7)), ("honest-status", "diagnostics")
    ),
    "screened once more": Fault(
        "screening", lambda: adapted.ScreensTwice(method("plsc"), AllAtOnce(0.7)), ("honest-status", "diagnostics")
    ),
    # statuses and diagnostics
    "steps that do not converge": _own("Powers", "iteration-limit", raw_units=False),
    "stops early": Fault("ml", lambda: replace(method("ml"), tolerance=1e-2), ("truth", "names", "item-order")),
    "PLS stops early": Fault("pls", lambda: replace(method("pls"), tolerance=1e-2), ("iteration-limit", "item-order")),
    "constant items are singular": _around("plsc", "constant_is_singular", "broken-alone"),
    "constant items that were left out": _own("ConstantAnywhere", "leaving-out"),
    # protocol
    "a level that nothing sees": Fault("ml", lambda: HiddenLevel(method("ml")), ("protocol",)),
    "turns its inference off for good": Fault(
        "ml", lambda: TurnsItselfOff(method("ml")), ("inference-apart", "protocol")
    ),
    "ends the program": _before("sumscores", "ends_the_program", "honest-status"),
    # numbers
    "int8 sums": _own("WholeNumbers", "answer-type"),
    "single precision inside": _own("Half", "alive", "follows"),
    "one spread for all items": Fault("stranger", own.PooledSpread, ("rescaling",)),
    "loadings without their signs": _own("SizesOnly", "reversed-item", raw_units=False),
    "answers cut to whole numbers": _own("Truncated", "rescaling"),
    "items by their first letters": _own("Prefixes", "names"),
    "zero is missing": _before("sumscores", "zero_is_missing", "answer-type", "rescaling"),
    # adapters
    "respondents alike are one": _function("OnceEach", "doubled"),
    "columns in the alphabet's order": _function("Alphabet", "names"),
    "the last respondent left out": _function("AsFrames", "doubled"),
    "zero is no answer": _function("NoAnswers", "answer-type", "rescaling"),
    "an error of its own": _function("CrossedOut", "honest-status", "faithful"),
    "keeps the first mean": _sklearn(adapted.KeepsTheMean, adapted.Line, "no-memory", "batch-equals-loop"),
    "small paths dropped": _sklearn(adapted.Columns, adapted.Sparse, "faithful", "alive"),
    "a random half": _sklearn(adapted.Columns, adapted.Descent, "repeatable", "batch-equals-loop"),
    "columns by place": _program("by-place", "ragged", "leaving-out", "structures", "faithful"),
    "data sets backwards": _program("backwards", "batch-equals-loop"),
    "spread of all data sets": _program("spread-of-all", "batch-equals-loop"),
    "seven digits": _program("seven-digits", "alive"),
    "last data set lost": _program("last-lost", "batch-equals-loop"),
}

#: Faults that no law names, and why not.
UNCAUGHT = {
    "a table of the module": "two threads seldom meet in so short a stretch",
    "screened once more": "what is said to be left out is in no number that a law asks a method that selects for",
    "PLS stops early": "a looser stopping rule, which claims its own tolerance",
    "keeps the first mean": "what was kept before the laws began is the same ever after in this process",
}
