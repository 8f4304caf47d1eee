"""Bringing to the panels what flats have set."""
