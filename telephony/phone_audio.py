"""One phone call's audio: RTP with PCMU, paced by the event loop. Silence is sent when there is nothing to say."""

from __future__ import annotations

import asyncio
import secrets
import struct

import numpy as np
from numpy.typing import NDArray

from telephony import ulaw

SAMPLE_RATE_HZ = 8000
FRAME = 160  # samples, bytes and RTP timestamp units of one packet
FRAME_S = FRAME / SAMPLE_RATE_HZ
MAX_SAMPLES = 600 * SAMPLE_RATE_HZ  # ten minutes, said and heard; said: play() refuses more; heard: the rest is dropped
MAX_LATE_S = 1.0  # a loop that hung longer does not send what it missed all at once
KEY_TYPE = 101  # payload type of pressed keys in our SDP
KEY_FRAMES = 5  # packets of a pressed key, 100 ms
_KEYS = "0123456789*#ABCD"  # RFC 4733 3.2: event codes 0-15
_KEY = struct.Struct("!BBH")  # event, end bit and volume, duration in timestamp units
_HEADER = struct.Struct("!BBHII")  # version and CSRC count, marker and payload type, sequence, timestamp, source


class PhoneAudio(asyncio.DatagramProtocol):
    """The two directions of one call. Nothing is sent before ``talk_to``."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._remote: tuple[str, int] | None = None
        self._to_say = bytearray()
        self._heard = bytearray()
        self._heard_end: int | None = None  # the RTP timestamp that comes next
        self._source: int | None = None
        self._sequence = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbelow(1 << 31)
        self._own_source = secrets.randbits(32)
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._key: tuple[int, int] | None = None  # event pressed now, packets of it sent
        self._said = asyncio.Event()
        self._said.set()
        self.first_heard_at: float | None = None  # loop time
        self.dropped = 0  # packets that were not kept

    async def open(self, host: str) -> int:
        """Bind a free port of ``host``; returns it."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self._transport = transport
        return int(transport.get_extra_info("sockname")[1])

    def talk_to(self, host: str, port: int) -> None:
        """Send to this address from now on."""
        self._remote = (host, port)
        if self._timer is None:
            self._next_at = asyncio.get_running_loop().time()
            self._send_due()

    def play(self, samples: NDArray[np.int16]) -> float:
        """Say these 8 kHz int16 samples after what is still to be said; returns the loop time they begin at."""
        if len(self._to_say) + len(samples) > MAX_SAMPLES:
            raise ValueError("more than ten minutes to say")
        begins = self._next_at + len(self._to_say) / SAMPLE_RATE_HZ
        self._to_say += ulaw.encode(samples)
        self._said.clear()
        return begins

    def press(self, key: str) -> None:
        """Press one key of 0-9 * # A-D for 100 ms, as telephones do (RFC 4733). One at a time."""
        if self._key is not None:
            raise ValueError("a key is still pressed")
        self._key = (_KEYS.index(key), 0)

    async def said(self) -> None:
        """Return when everything was said, or the call is over."""
        await self._said.wait()

    def heard(self) -> NDArray[np.int16]:
        """Everything received so far, 8 kHz, lost packets as silence."""
        return ulaw.decode(bytes(self._heard))

    def close(self) -> None:
        """Stop both directions; what was heard stays."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        self._said.set()

    # ------------------------------------------------------------ sending

    def _send_due(self) -> None:
        """Send every packet whose time has come, then wait for the next: no drift, whatever the loop did."""
        if self._transport is None or self._remote is None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - self._next_at > MAX_LATE_S:
            self._next_at = loop.time()
        while self._next_at <= loop.time():
            for packet in [self._packet()] if self._key is None else self._key_packets():
                self._transport.sendto(packet, self._remote)
            self._next_at += FRAME_S
        self._timer = loop.call_at(self._next_at, self._send_due)

    def _packet(self) -> bytes:
        payload = bytes(self._to_say[:FRAME]).ljust(FRAME, bytes([ulaw.SILENCE]))
        del self._to_say[:FRAME]
        if not self._to_say:
            self._said.set()
        header = _HEADER.pack(0x80, 0, self._sequence, self._timestamp, self._own_source)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        return header + payload

    def _key_packets(self) -> list[bytes]:
        """This frame's packet of the pressed key; the last one, with the end bit, three times (RFC 4733 2.5.1.4).

        All carry the timestamp at which the key went down; sequence numbers go on.
        """
        assert self._key is not None
        event, sent = self._key
        ends = sent + 1 == KEY_FRAMES
        packets = []
        for _ in range(3 if ends else 1):
            kind = KEY_TYPE | (0x80 if sent == 0 else 0)
            header = _HEADER.pack(0x80, kind, self._sequence, self._timestamp, self._own_source)
            packets.append(header + _KEY.pack(event, 10 | (0x80 if ends else 0), (sent + 1) * FRAME))
            self._sequence = (self._sequence + 1) & 0xFFFF
        self._key = None if ends else (event, sent + 1)
        if ends:
            self._timestamp = (self._timestamp + KEY_FRAMES * FRAME) & 0xFFFFFFFF
        return packets

    # ------------------------------------------------------------ receiving

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Keep PCMU; anything else (RTCP, other codecs, noise) is counted and dropped."""
        if len(data) <= _HEADER.size:
            self.dropped += 1
            return
        flags, kind, _sequence, timestamp, source = _HEADER.unpack_from(data)
        begin = _HEADER.size + 4 * (flags & 0x0F)
        if flags >> 6 != 2 or flags & 0x30 or kind & 0x7F != 0:  # padding and extensions are not used by Asterisk here
            self.dropped += 1
            return
        if self.first_heard_at is None:
            self.first_heard_at = asyncio.get_running_loop().time()
        self._keep(data[begin:], timestamp, source)

    def _keep(self, payload: bytes, timestamp: int, source: int) -> None:
        if self._heard_end is None or source != self._source:
            self._source, self._heard_end = source, timestamp
        gap = (timestamp - self._heard_end + (1 << 31)) % (1 << 32) - (1 << 31)
        if gap < -SAMPLE_RATE_HZ:
            self._heard_end, gap = timestamp, 0  # Asterisk counts anew when another source speaks to us
        if gap < 0 or len(self._heard) + len(payload) > MAX_SAMPLES:
            self.dropped += 1  # late, twice, or more than is kept
            return
        if gap > 10 * SAMPLE_RATE_HZ:
            gap = 0  # a jump of the clock, not ten seconds of loss
        self._heard += bytes([ulaw.SILENCE]) * min(gap, MAX_SAMPLES - len(self._heard) - len(payload)) + payload
        self._heard_end = (timestamp + len(payload)) & 0xFFFFFFFF

    def error_received(self, exc: Exception) -> None:
        """The other side's port is closed: it hung up; SIP says so too."""
