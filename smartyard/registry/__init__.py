"""The operator's inventory: media servers, cameras and doors, and which house or flat has which."""
