"""The operator's side of the address book: CSV files, and by which words a house is found."""
