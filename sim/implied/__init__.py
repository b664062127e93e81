"""What follows from a population: its moments and laws, before and after the cut."""
