"""The compiled loop that turns sincere answers into those of respondents of several kinds."""

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def answer_by_kind(rng, shares, categories, answers):
    """Rewrite answers (R, n, p), respondent by respondent, by the kind that each turns out to be, in place.

    shares (4,) of those who straightline, are careless, go to the end points, go to the middle; the rest stays as it
    is. categories (p,) of each item. Every respondent takes one uniform number, the straightliner one more (the item
    whose answer all items get), the careless one more for each item.
    """
    replications, n, p = answers.shape
    for r in range(replications):
        for s in range(n):
            own, left, kind = answers[r, s], rng.random(), 0
            while kind < 4 and left >= shares[kind]:
                left -= shares[kind]
                kind += 1
            if kind == 0:
                given = own[int(rng.random() * p)]
                for i in range(p):
                    own[i] = given
            elif kind == 1:
                for i in range(p):
                    own[i] = 1 + int(rng.random() * categories[i])
            elif kind == 2:
                for i in range(p):
                    if 2 * own[i] < categories[i] + 1:
                        own[i] = 1
                    elif 2 * own[i] > categories[i] + 1:
                        own[i] = categories[i]
            elif kind == 3:
                for i in range(p):
                    if 2 * own[i] < categories[i] + 1:
                        own[i] += 1
                    elif 2 * own[i] > categories[i] + 1:
                        own[i] -= 1
