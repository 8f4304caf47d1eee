"""`/api/user`: signing in by a one-time code, sessions, and what a person tells of themselves."""
