"""Whom the people of a flat, a QR card or the operator let in, and who left or was put out."""
