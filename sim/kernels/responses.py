"""The compiled loop that turns answers as meant into those of respondents of several kinds."""

from sim.kernels.loops import compiled


@compiled
def answer_by_kind(rng, shares, repeats, reached, certain, answers):
    """Rewrite answers (R, n, p), respondent by respondent, by the kind that each turns out to be, in place.

    shares (K,) of the kinds; all other respondents keep their answers. repeats (K,), reached (K, p, c, c) and certain
    (K, p, c): the kinds' tables, see `sim.answers.kinds.drawing_tables`. Every respondent takes one uniform number for
    the kind, one more for the item whose answer is repeated, and one for each answer that a table leaves to chance.
    """
    replications, n, p = answers.shape
    kinds, last = len(shares), reached.shape[3] - 1
    for r in range(replications):
        for s in range(n):
            own, left, kind = answers[r, s], rng.random(), 0
            while kind < kinds and left >= shares[kind]:
                left -= shares[kind]
                kind += 1
            if kind == kinds:
                continue
            if repeats[kind]:
                given = own[int(rng.random() * p)]
                for i in range(p):
                    own[i] = given
            for i in range(p):
                meant = own[i] - 1
                answer = certain[kind, i, meant]
                if answer == 0:
                    row = reached[kind, i, meant]
                    weight = rng.random() * row[last]
                    answer = 1
                    while weight >= row[answer - 1]:
                        answer += 1
                own[i] = answer
