"""Signing in: by a code in an SMS, or by a call from one's own phone."""
