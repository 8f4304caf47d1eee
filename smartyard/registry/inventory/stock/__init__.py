"""Reading the inventory as a whole."""
