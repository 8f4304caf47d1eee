"""The operator's side of tickets: the command line, and handing on by e-mail and webhook."""
