"""Recordings that the operator has published, as the apps list them under "YouTube"."""
