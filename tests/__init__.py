"""The tests, one file a subject. They see every room; none of them imports another test. What they share:

cases.py         the stored surveys, their model, values of other programs that are no estimates
evidence.py      every estimate against other programs: reads reference/evidence, writes docs/evidence.md
plain.py         slow counterparts of composite methods and of the draw, on one data set
textbook.py      covariance structure models with all matrices written out, and answers drawn for them
bad_input.py     a small study to put mistakes into
made_studies.py  results to make reports of, without running a study
conftest.py      fixtures: the command, the studies of the last two files
laws/            the laws of estimators/laws over the catalogue, and the faults they must catch
reference/       values of other programs: evidence/ by program and method, data/ with hashes
"""
