"""The launcher of `make run`, on real processes."""
