"""Intercom panels for reading: what opens a door, whose doors those are, and whose key that is."""
