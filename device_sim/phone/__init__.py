"""One simulated phone: who carries it, what it shows, and how it speaks to the room."""
