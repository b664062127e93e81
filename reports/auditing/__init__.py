"""What people read of the audit of a paper."""
