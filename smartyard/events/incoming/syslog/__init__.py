"""Lines that panels send by syslog over UDP."""
