"""The comparisons: study files, the runner, stored results and performance measures."""
