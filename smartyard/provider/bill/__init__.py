"""The REST API that billings already call: `/bill/api` (docs/provider-api.md)."""
