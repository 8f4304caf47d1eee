"""Clips: asked for by the apps, fetched by the worker, kept for days."""
