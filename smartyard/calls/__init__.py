"""When somebody rings at a panel: what the PBX is told, and the pictures that phones show."""
