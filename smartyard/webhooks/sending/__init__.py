"""Sending what the outbox holds, again and again until it is taken."""
