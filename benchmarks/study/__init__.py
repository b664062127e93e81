"""The study file: what is to be compared, checked before anything is drawn."""
