"""`/api/sip`: the call to support from the menu of the app."""
