"""What residents do with faces: `frs/like`, `frs/disLike`, `frs/listFaces`."""
