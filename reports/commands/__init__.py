"""The commands of the front door, by subject; `COMMANDS` in loadstone.py lists them.

A command asks the rooms below and prints. Its function's docstring and options are what `--help` shows. Imports that
take time (NumPy and all that needs it) stand in the function, so that `loadstone --help` is there at once.
"""
