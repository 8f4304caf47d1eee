"""The provider's side: keys for its programs, and what they may ask of us."""
