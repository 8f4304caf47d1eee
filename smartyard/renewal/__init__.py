"""Billing's word about those who open doors and whose phones ring is not left to grow old."""
