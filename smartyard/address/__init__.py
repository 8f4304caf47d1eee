"""`/api/address`: the homes of a person, as the app's first screens show them."""
