"""What the likelihood says of one's own survey beside estimates: bounds that bind, ratios of models, profiles."""
