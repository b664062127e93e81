"""Worlds: what a study can be of, answers to a questionnaire or themes of interviews."""
