"""A population like one's own survey, and a study of one's own procedure on it."""
