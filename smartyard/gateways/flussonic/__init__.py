"""What the server itself asks of Flussonic's media servers (protocols.md, section 1.4)."""
