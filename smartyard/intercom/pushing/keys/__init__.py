"""Keys (RFID) of flats on their way to the panels of their doors."""
