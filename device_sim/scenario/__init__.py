"""What an audience does beside following: when it comes, and what befalls its phones."""
