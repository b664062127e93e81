"""The one list of laws. A new one is a function in `properties`, a line here and a planted fault in the tests."""

from hypothesis import strategies as st

from estimators.laws.law import Law, Surveys, World, first_of, unless
from estimators.laws.properties import (
    bounds,
    company,
    diagnostics,
    effects,
    gaps,
    honesty,
    invariance,
    life,
    measures,
    protocol,
    replications,
    structures,
)
from estimators.laws.properties.inference import calibration, coherence, doubling, streams
from estimators.laws.strategies import surveys


def _of_shapes(world: World, replications: tuple[int, int], sizes: tuple[int, int] = (250, 250)) -> list[Surveys]:
    """Surveys of each shape of model in turn that the method accepts."""
    accepted = [model for model in world.shapes if world.refuses(model) is None]
    return [surveys(st.just(model), (7,), sizes, replications, 0.8) for model in accepted]


def _for_inference(world: World) -> Surveys:
    """Surveys of weak relations, of a size at which inference is claimed to hold."""
    chosen = st.just(world.inference) if world.refuses(world.inference) is None else world.clear_structures
    return surveys(chosen, (7,) if world.ordinal else (0,), (world.calibrated_at,) * 2, (1, 1), 0.8)


def _reflective(world: World) -> list[Surveys]:
    """Any surveys, and those of shapes whose constructs are common factors, with errors that covary too."""
    accepted = [model for model in world.shapes if model.reflective.all() and world.refuses(model) is None]
    return [world.any(replications=(1, 1)), *(surveys(st.just(model), (7,), (40, 40), (1, 1)) for model in accepted)]


#: Laws of small surveys, which say nothing of methods that need large ones.
_OF_FEW = unless("large", "it needs more respondents than these surveys have")
#: Laws of inference, of methods that claim none at this size.
_UNCLAIMED = first_of(unless("approximate", "its standard errors are not claimed to be right"), _OF_FEW)

LAWS: tuple[Law, ...] = (
    Law(
        "protocol",
        "The class has the methods that the protocol asks for, and they give what it asks for.",
        lambda world: world.settled((60, 120), (1, 3)),
        protocol.protocol,
        most=2,
        of_failures=True,
        fewest=20,
    ),
    Law(
        "alive",
        "On ordinary, well-determined surveys most data sets get numbers, and other data get other numbers.",
        lambda world: world.settled((150, 250), (24, 24)),
        life.alive,
        most=2,
        of_failures=True,
        fewest=60,
    ),
    Law(
        "structures",
        "A model of any shape is estimated on ordinary data, or refused in one sentence before anything is drawn.",
        lambda world: [surveys(st.just(model), (7,), (250, 250), (3, 3), 0.8) for model in world.shapes],
        structures.structures,
        most=1,
        of_failures=True,
        fewest=100,
    ),
    Law(
        "faithful",
        "Where items hold hardly any measurement error, estimates are near the truth.",
        lambda world: _of_shapes(world, (1, 1), (40, 40)),
        life.faithful,
        unless("biased", "it claims another limit than the truth even without measurement error"),
        "biased",
        most=1,
        fewest=40,
    ),
    Law(
        "batch-equals-loop",
        "A batch gives every data set, bit for bit, what it gets when fitted alone.",
        lambda world: [world.any(replications=(2, 4)), world.wild],
        replications.batch_equals_loop,
    ),
    Law(
        "chunks-and-order",
        "Neither how replications are cut into batches nor their order changes a number.",
        lambda world: world.any(replications=(5, 12), sizes=(20, 80)),
        replications.chunks_and_order,
        _OF_FEW,
        "large",
        4,
    ),
    Law(
        "ragged",
        "Data sets from which other items are left out each get what they get alone.",
        lambda world: world.settled((80, 140), (3, 5)),
        company.ragged,
        most=8,
        fewest=40,
    ),
    Law(
        "broken-alone",
        "A data set that cannot be used fails alone: it gets its status and NaN, and no other data set changes.",
        lambda world: world.any(replications=(2, 4)),
        replications.broken_alone,
    ),
    Law(
        "repeatable",
        "A fit changes neither the answers nor the batch, and gives the same numbers again.",
        lambda world: world.any(replications=(1, 2)),
        replications.repeatable,
    ),
    Law(
        "no-side-effects",
        "A fit changes nothing of what it is given and nothing that belongs to the whole process.",
        lambda world: world.any(replications=(1, 2)),
        effects.no_side_effects,
        most=3,
    ),
    Law(
        "no-memory",
        "What was fitted before, with other data, items, settings or models, leaves no trace.",
        lambda world: world.settled((60, 140), (2, 2)),
        effects.no_memory,
        most=6,
        fewest=30,
    ),
    Law(
        "threads-and-copies",
        "A thread beside another and a copy in another process give the same numbers.",
        lambda world: world.settled((60, 140), (2, 2)),
        effects.threads_and_copies,
        most=3,
        fewest=30,
    ),
    Law(
        "targets-asked",
        "A target's value does not depend on which other targets are asked for.",
        lambda world: world.any(replications=(1, 2)),
        replications.targets_asked,
    ),
    Law(
        "inference-apart",
        "The method without inference gives the same values and statuses.",
        lambda world: world.any(replications=(1, 2)),
        replications.inference_apart,
    ),
    Law(
        "item-order",
        "The order in which the items of a block are written does not matter.",
        lambda world: world.clear,
        invariance.item_order,
        unless("by_place", "items are taken together by their places, so that another order gives other pairs"),
        "by_place",
        fewest=60,
    ),
    Law(
        "construct-order",
        "The order in which constructs and predictors are written does not matter.",
        lambda world: [world.clear, *_of_shapes(world, (1, 1))[::3]],
        invariance.construct_order,
        fewest=60,
    ),
    Law(
        "names",
        "What constructs and items are called does not matter.",
        lambda world: world.clear,
        invariance.names,
        most=5,
        fewest=60,
    ),
    Law(
        "respondent-order",
        "The order of the respondents does not matter.",
        lambda world: world.clear,
        invariance.respondent_order,
        fewest=60,
    ),
    Law(
        "doubled",
        "Respondents who answer twice leave the estimates and divide standard errors by the root of 2; each counts.",
        lambda world: world.settled((120, 200), (3, 3)),
        doubling.doubled,
        most=6,
        fewest=100,
    ),
    Law(
        "answer-type",
        "The type that holds the answers does not matter.",
        lambda world: world.clear.filter(lambda survey: survey.top > 0),
        invariance.answer_type,
        fewest=60,
    ),
    Law(
        "rescaling",
        "Answers in other units (for an ordinal method: other increasing codes) leave standardised results.",
        lambda world: world.clear,
        invariance.rescaling,
        unless("own_unit", "a limit of it stands in the units of the answers, so that it binds elsewhere in others"),
        waiver="raw_units",
        fewest=60,
    ),
    Law(
        "reversed-construct",
        "Turning round all items of a construct turns its relations round and nothing else.",
        lambda world: world.clear,
        invariance.reversed_construct,
        fewest=60,
    ),
    Law(
        "reversed-item",
        "Turning round one item of three or more turns its own loading round and no other estimate.",
        lambda world: world.clear,
        invariance.reversed_item,
        unless("raw_units", "it adds the items up as they are"),
        "raw_units",
        fewest=60,
    ),
    Law(
        "leaving-out",
        "Leaving items out of a batch equals fitting the smaller model.",
        lambda world: world.clear,
        invariance.leaving_out,
        unless("by_place", "items are taken together by their places, so that another order gives other pairs"),
        "by_place",
        fewest=60,
    ),
    Law(
        "honest-status",
        "Nothing is raised on any data; a fatal status carries NaN, and any other one finite and possible numbers.",
        lambda world: world.wild,
        honesty.honest_status,
        least=30,
        of_failures=True,
    ),
    Law(
        "possible",
        "What cannot exist, such as correlations beyond 1, is called inadmissible and not OK.",
        lambda world: [
            world.any(sizes=(12, 40), replications=(10, 20), weakest=0.3),
            world.any(sizes=(20, 60), replications=(10, 20)),
            world.wild,
        ],
        bounds.possible,
        _OF_FEW,
        waiver="large",
    ),
    Law(
        "follows",
        "Indirect and total effects, explained variances and reliabilities follow from the parameters reported.",
        lambda world: [world.settled((60, 140), (2, 3)), world.any(), *_of_shapes(world, (1, 1))],
        bounds.follows,
        fewest=20,
    ),
    Law(
        "fit-measures",
        "Measures of fit lie within their bounds and follow from the test of the model.",
        lambda world: world.settled((80, 140), (6, 6)),
        measures.fit_measures,
        most=2,
        fewest=60,
    ),
    Law(
        "diagnostics",
        "Counts of iterations, resamples and respondents, and items said to be left out, are what they claim to be.",
        lambda world: world.settled((100, 180), (3, 5)),
        diagnostics.diagnostics,
        most=4,
        fewest=60,
    ),
    Law(
        "iteration-limit",
        "A method that is allowed one iteration and has not converged says so.",
        lambda world: world.settled((60, 180), (3, 5)),
        diagnostics.iteration_limit,
        most=4,
    ),
    Law(
        "moments-alone",
        "A population's moments, without answers, give the method's limit or a fatal status, and no standard error.",
        lambda world: world.any(replications=(1, 1)),
        honesty.moments_alone,
        of_failures=True,
    ),
    Law(
        "truth",
        "A consistent method finds the truth on the moments of a common-factor population.",
        _reflective,
        honesty.truth,
        unless("consistent", "it does not claim to be consistent", False),
        "not consistent",
    ),
    Law(
        "needs-categories",
        "A method that needs categories says NOT_ORDINAL of continuous answers.",
        lambda world: surveys(world.structures, (0,)),
        honesty.needs_categories,
        unless("ordinal", "it does not claim to need categories", False),
        "not ordinal",
        of_failures=True,
    ),
    Law(
        "coherent-inference",
        "Interval, standard error and p-value of an estimate tell one story, two-sided and around the estimate.",
        lambda world: [world.settled((40, 160), (12, 12)), _for_inference(world)],
        coherence.coherent,
        waiver="own_interval",
        most=6,
        fewest=30,
    ),
    Law(
        "level-kept",
        "Intervals are as long as their level asks for, and the level changes nothing else.",
        lambda world: world.settled((80, 160), (8, 8)),
        coherence.level_kept,
        unless("own_interval", "its interval belongs to no standard error"),
        "own_interval",
        most=3,
        fewest=40,
    ),
    Law(
        "degrees-of-freedom",
        "The t behind an interval has no more degrees of freedom than the data leave.",
        lambda world: [world.settled((12, 40), (8, 8)), _for_inference(world)],
        coherence.degrees_of_freedom,
        most=4,
        fewest=12,
    ),
    Law(
        "calibrated",
        "Over fresh samples standard errors are as large as the estimates scatter, and intervals as safe as they say.",
        _for_inference,
        calibration.calibrated,
        _UNCLAIMED,
        "approximate",
        most=1,
        fewest=10**6,
    ),
    Law(
        "false-alarms",
        "Paths that are zero get p-values under 5 % in about 5 % of samples.",
        _for_inference,
        calibration.false_alarms,
        _UNCLAIMED,
        "approximate",
        most=1,
        fewest=10**6,
    ),
    Law(
        "streams",
        "Other replications are resampled in other ways, the same one in the same way, and from all respondents alike.",
        lambda world: world.settled((60, 140), (1, 1)),
        streams.streams,
        most=4,
        fewest=30,
    ),
    Law(
        "resamples-kept",
        "As many resamples are drawn as are asked for, and standard errors do not depend on their number.",
        lambda world: world.settled((80, 140), (4, 4)),
        streams.resample_count,
        most=1,
        fewest=40,
    ),
    Law(
        "within-wrappers",
        "The method works under bootstrap, jackknife and screening.",
        lambda world: world.settled((40, 60), (2, 2)),
        company.within_wrappers,
        _OF_FEW,
        waiver="large",
        most=2,
        fewest=30,
    ),
    Law(
        "gaps-handled",
        "The method works where missing answers are handled before it sees the data.",
        lambda world: world.settled((60, 90), (3, 3)),
        company.gaps_handled,
        _OF_FEW,
        waiver="large",
        most=2,
        fewest=40,
    ),
    Law(
        "gaps-taken",
        "A method that takes missing answers looks at nothing that stands in a gap and counts whom it used.",
        lambda world: world.settled((80, 120), (3, 3)),
        gaps.gaps_taken,
        most=2,
        fewest=40,
    ),
)
