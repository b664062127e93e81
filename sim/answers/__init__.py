"""What answers are made of: scales, ways of answering, missing answers, and the law of sincere ones."""
