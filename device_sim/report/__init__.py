"""What a run measured, and whether it may be believed."""
