"""The rules of rooms and polls: pure, time is an argument."""
