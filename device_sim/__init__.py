"""The crowd: virtual phones that join a room exactly as real ones do, and say what they saw."""
