"""Tickets: what a person asks of the operator, and what the operator does about it."""
