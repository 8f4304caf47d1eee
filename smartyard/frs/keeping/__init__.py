"""Keeping FALPRS in step: it is told of streams and whom to look for, and forgets who is gone."""
