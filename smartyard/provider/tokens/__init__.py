"""Keys of the provider's programs: named, with scopes and addresses, revocable."""
