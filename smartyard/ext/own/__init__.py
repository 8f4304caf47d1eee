"""The operator's own pages: kept, checked, and brought by commands."""
