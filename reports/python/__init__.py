"""The front door in Python: what `import loadstone` gives. The work is done in the rooms below."""
