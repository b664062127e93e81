"""What an analyst may do until a result is significant."""
