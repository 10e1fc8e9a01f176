"""The tests of Shadowroom."""
