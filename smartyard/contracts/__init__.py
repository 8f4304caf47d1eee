"""Who lives where, and what is connected and paid: our copy of what billing said."""
