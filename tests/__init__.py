"""Tests. They see every room; none of them imports another test."""
