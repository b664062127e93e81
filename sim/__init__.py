"""The world: models, populations, the answers and interviews that are drawn from them, and what is true of them.

A map of the room, from what knows nothing of the rest upwards; no folder imports one that stands below it here:

- `kernels`: compiled loops on arrays.
- the files of `sim` itself, the ground that methods may see: model, targets, batches, streams, quantities, file forms.
- `distributions`: normals and others, and the law of answers in categories.
- `answers`: scales, what a mechanism is, ways of answering and kinds of respondents, missing answers.
- `structures`: what relates constructs and items, and the numbers of a population with all that follows before the cut.
- `parameters`: the numbers of a population as they are given, by name and in shorthand.
- `population`: the list of mechanisms, the record of a population, whether it exists, its true values.
- `implied`: what follows for answers: laws, moments, marginals, limits, simulated where there is no closed form.
- `drawing`: data sets. `solving`: populations that are to have what was published.
- `tables`: what printed tables leave possible. `themes`: themes that interviews tell.
- `worlds`: what a study needs of a population, whatever its data are. `catalogue`: populations in files.
"""
