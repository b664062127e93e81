"""The tests: a folder for each room, one file a subject, and what several files share directly here.

sim/ estimators/ benchmarks/ reports/   a room each; a test that runs studies is one of benchmarks
laws/                the laws of estimators/laws over the catalogue, and the faults they must catch
house/               the house itself: imports and their order, lists, files, documentation, the wheel, make and CI
reference/           values of other programs: evidence/ by program and method, data/ with hashes

conftest.py          fixtures: the command, the studies of bad_input.py and made_studies.py
cases.py             the stored surveys, their model, values of other programs that are no estimates
evidence.py          every estimate against other programs: reads reference/evidence, writes docs/evidence.md
stored_columns.py    the tables of docs/results.md, from the schema of stored results and the list of measures
worlds.py            worlds of mechanisms that several tests of sim/ draw from
mechanism_parts.py   what each mechanism adds to a population file, and the file with any of these parts
distributed_worlds.py a population whose responses have each of many distributions
two_constructs.py    a population of two constructs, and ways in which its respondents answer
composite_worlds.py  populations of composites, and of composites beside factors; a study of them
democracy.py         a model with free and with equal loadings
second_order.py      a second-order model with the correlations of its items written out
exact_answers.py     answers with exactly the moments of normal constructs and a product
moderated.py         a model with several products, and answers in which some act
plain.py             slow counterparts of composite methods, of the draw and of EM, on one data set
textbook.py          covariance structure models with all matrices written out, and answers drawn for them
draws.py             large draws, and whether they have the moments that their population states
bad_input.py         a small study to put mistakes into, and what a message must be
every_method.py      studies in which every method meets the same world
ways_of_answering.py a study whose respondents answer in every way there is
made_studies.py      results to make reports of, without running a study
made_papers.py       simulated papers: a known population, one survey, the paper's procedure, its printed table
audit_coverage.py    how often the ranges of an audit hold the truth of such papers
own_survey.py        a survey of nine items as a user has it, and its model
chromium.py          pages in a browser without a screen
gallery.py           short reports of every study that comes with the project; writes docs/gallery
svg.py               path diagrams as SVG: their texts, and what lies on what
published_figures.py whether the figures of published designs come out again, but for known ones
pages.py             pages of the documentation, and the blocks of code in them
memory.py            the most memory that a process took, of its own
full.py              whether the long tests are as long as their names say
small.toml           a study of two cells for the tests of runs
"""

import os

# Several tests run at once: more threads than cores would make small matrices ten times slower. Read when NumPy loads.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
