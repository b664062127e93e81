"""What people read of advice on methods."""
