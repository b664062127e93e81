"""What people read of a plan and of advice on methods."""
