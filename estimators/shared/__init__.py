"""What methods that see the same data share: parts of a batch that know it, and fits of the same items."""
