"""The documents that the apps show for pages of the menu."""
