"""The study files that come with the project."""
