"""Somebody else's systems, one module each. They speak HTTP only through `transport`."""
