"""Whatever the document allows, and much that it does not, sent to the server of `make run`."""
