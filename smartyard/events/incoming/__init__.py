"""How events come in from outside: lines of panels over UDP, and hooks over HTTP."""
