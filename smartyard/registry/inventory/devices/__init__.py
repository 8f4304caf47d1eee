"""Cameras and locks by a provider's numbers, and which contract has a right to which."""
