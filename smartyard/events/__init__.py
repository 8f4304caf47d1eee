"""What happened at the doors: written down as it comes, shown to who lives there."""
