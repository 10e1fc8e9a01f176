"""The pure shadow engine: no clock, no logger, no input or output."""
