"""Rules that drop items by statistics of scales: what reliability analyses and factor analyses print."""
