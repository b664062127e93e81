"""Estimators of how many themes there are and how far interviews have found them: richness and coverage."""
