"""Where shadows live: one port, and its adapters."""
