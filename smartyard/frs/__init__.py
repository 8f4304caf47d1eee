"""Faces that open doors: `/api/frs`, and what FALPRS tells us of whom it has seen."""
