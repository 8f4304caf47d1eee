"""QR codes of flats: `/api/address/registerQR`, and cards to print."""
