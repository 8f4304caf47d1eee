"""`/bill/v1`: many contracts or rights in one call."""
