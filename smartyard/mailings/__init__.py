"""Messages of the operator to many people: a flat, a house, everyone."""
