"""Evaluation: a study's stored estimates as measures, and these beside published figures."""
