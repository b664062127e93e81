"""Comparisons of groups of respondents in one's own survey."""
