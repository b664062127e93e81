"""The numbers of a population as they are given: by name, in shorthand, on the scale of one's own choice."""
