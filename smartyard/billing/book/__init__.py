"""The book of contracts changed: by files, commands and a provider's batches."""
