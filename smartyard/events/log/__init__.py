"""The log that people of a flat read: `address/plog` and `address/plogDays`."""
