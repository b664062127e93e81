"""What a finished study says of itself: its description, what was executed, and replications that tell something."""
