"""What the numbers of a report rest on: how fits ended, both denominators, errors reached, single replications."""
