"""The measurements, side by side with the limits they are compared with: `make bench`."""
