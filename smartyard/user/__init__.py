"""`/api/user`: sessions, and what a person tells of themselves."""
