"""The provider's offices, as the apps show them on the map."""
