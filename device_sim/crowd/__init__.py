"""Many phones at once: when they arrive, who connects them, how they leave."""
