"""Models of several groups of respondents at once, with means: what is equal in all, and the tests of it."""
