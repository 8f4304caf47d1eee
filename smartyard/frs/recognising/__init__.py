"""A face was known at a door: FALPRS calls us back, and takes a picture of ours."""
