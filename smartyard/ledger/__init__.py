"""The payment ledger: what was ordered, what the bank said of it, and what billing was told.

Nothing but the bank's own word makes a payment paid. What must happen once is a row with a unique
key; what must happen at all is a row that a task takes up until it is done.
"""
