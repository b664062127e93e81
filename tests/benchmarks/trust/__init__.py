"""Results that prove themselves, strange input, outside code, and every kind of worker."""
