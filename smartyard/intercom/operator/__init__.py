"""What the operator does about the intercoms of flats, at the command line."""
