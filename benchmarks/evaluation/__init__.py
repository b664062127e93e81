"""Evaluation, which reports read: stored estimates as measures, these beside published figures, the study described."""
