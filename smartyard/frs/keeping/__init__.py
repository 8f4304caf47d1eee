"""Keeping FALPRS in step: it is told of streams and of whom to look for, and forgets who is gone."""
