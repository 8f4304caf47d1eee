"""What a host gets: database, supervisord, nginx, and the commands of the Makefile."""
