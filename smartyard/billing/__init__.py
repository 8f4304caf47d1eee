"""Our own billing (BILLING=local): contracts, phones, paid-until dates and balances of a provider
who has no other. It keeps the promise of the HTTP one (`gateways/billing_promise.py`)."""
