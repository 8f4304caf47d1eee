"""What the people of a flat set of their intercom: `address/intercom` and `address/resetCode`."""
