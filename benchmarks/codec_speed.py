"""How many MQTT packets a second the codec reads and writes: `python -m benchmarks.codec_speed`."""

import time
from collections.abc import Callable

from broker_bridge.wire.packets import Packet, PacketReader, Puback, Publish, encode

SECONDS = 1.0
"""Per case: long enough that the clock's resolution and the first calls do not matter."""
REPORT = b'{"state":{"reported":{"scene":12,"color":"#2563EB"}}}'
TOPIC = "$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/update"
CASES: dict[str, Packet] = {
    "publish, QoS 1, 53 bytes": Publish(TOPIC, REPORT, 1, False, 7),
    "publish, QoS 0, 8 KiB": Publish(TOPIC, b"x" * 8_192),
    "puback": Puback(7),
}


def rate(work: Callable[[], int]) -> float:
    """Packets a second; `work` returns how many it did."""
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        done += work()
    return done / spent


def main() -> None:
    """Print one line for each kind of packet."""
    print(f"{'packet':26} {'encode/s':>12} {'read/s':>12} {'read/s in 7 bytes':>18}")
    for name, packet in CASES.items():
        raw = encode(packet)
        batch = raw * 50
        pieces = [raw[start : start + 7] for start in range(0, len(raw), 7)]

        def write(packet: Packet = packet) -> int:
            for _ in range(50):
                encode(packet)
            return 50

        def read(batch: bytes = batch) -> int:
            return len(PacketReader().feed(batch))

        def read_pieces(pieces: list[bytes] = pieces) -> int:
            reader = PacketReader()
            return sum(len(reader.feed(piece)) for piece in pieces)

        print(f"{name:26} {rate(write):12,.0f} {rate(read):12,.0f} {rate(read_pieces):18,.0f}")


if __name__ == "__main__":
    main()
