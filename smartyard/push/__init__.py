"""Pushes to people's devices: messages of the inbox, and calls at the door."""
