"""How a clip comes to be: fetched from the media server, and kept as a whole file."""
