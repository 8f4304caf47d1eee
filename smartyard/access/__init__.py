"""Who may come into a flat: `/api/address/access`, `resend` and `registerQR`."""
