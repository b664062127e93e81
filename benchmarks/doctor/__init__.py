"""Is this installation sound: what it consists of, and a self-test of some seconds."""
