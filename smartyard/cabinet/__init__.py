"""The cabinet: balances, history and documents of a person's own contracts, and getting to them."""
