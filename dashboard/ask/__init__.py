"""What a presenter says to the room, in English or French: understood, done, and truly answered."""
