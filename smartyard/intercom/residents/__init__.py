"""What the people of a flat see and change of its intercom."""
