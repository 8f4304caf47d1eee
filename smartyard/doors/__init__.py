"""Opening doors from the phone: `/api/address/openDoor`."""
