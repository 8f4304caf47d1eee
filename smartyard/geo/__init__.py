"""The address book, what is offered at each house, and where an address is on the map."""
