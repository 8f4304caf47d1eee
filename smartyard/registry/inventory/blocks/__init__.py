"""What an operator blocks in a flat."""
