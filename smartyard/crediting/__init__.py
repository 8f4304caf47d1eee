"""Telling billing what the ledger holds, giving money back, and setting one against the other."""
