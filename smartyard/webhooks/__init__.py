"""Webhooks: the provider's programs are told what happened (docs/webhooks.md)."""
