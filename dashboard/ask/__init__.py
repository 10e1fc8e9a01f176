"""What a sentence means, and what the room answers."""
