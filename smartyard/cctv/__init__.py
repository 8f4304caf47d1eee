"""`/api/cctv`: the cameras that a person may see."""
