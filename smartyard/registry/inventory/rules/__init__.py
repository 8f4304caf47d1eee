"""What the database is to hold after a change: the rules of the inventory, without the database."""
