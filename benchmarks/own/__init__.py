"""One's own survey, estimated by several methods at once."""
