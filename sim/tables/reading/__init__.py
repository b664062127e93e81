"""What a paper prints: rounded values, and the file that holds its table."""
