"""An attempt at a door: its intent, one pulse, its outcome, whoever asks for it."""
