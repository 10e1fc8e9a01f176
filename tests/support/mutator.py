"""Damaged copies of good inputs: what a fuzzer makes where nothing watches the code's branches."""

import random
from collections.abc import Sequence

CHANGES_MAX = 5
"""Changes of one input: more leave nothing of it."""
NUMBERS = (b"0", b"-1", b"1.0", b"1e999", b"9" * 40, b"\x00", b"\x7f", b"\x80", b"\xff", b"\xff\xff\xff\xff")


def mutated(chance: random.Random, corpus: Sequence[bytes], words: Sequence[bytes], longest: int) -> bytes:
    """One of `corpus` with bytes changed, taken out, doubled, put in from `words`, or crossed over."""
    data = bytearray(chance.choice(corpus))
    for _ in range(chance.randint(1, CHANGES_MAX)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 1, 1, 2, 4, 16, 64)))
        match chance.randrange(7):
            case 0 if data:
                data[start % len(data)] ^= 1 << chance.randrange(8)
            case 1:
                data[start:end] = chance.randbytes(chance.randint(0, 4))
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = data[start:end] * chance.choice((1, 2, 50))
            case 4 | 5:
                data[start:end] = chance.choice((*words, *NUMBERS))
            case _:
                other = chance.choice(corpus)
                data[start:] = other[chance.randint(0, len(other)) :]
    return bytes(data[:longest])
