"""What decisions did: sentences and tables of the items that go, of the ladder of the bias, of both estimands."""
