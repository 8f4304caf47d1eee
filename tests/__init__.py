"""The suite: mirrors `smartyard/`, plus `journeys/`. Only the outside is ever replaced."""
