"""`/api/inbox`: messages for a phone number, and the page on which a person reads them."""
