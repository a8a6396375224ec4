"""
Cables that are bad: frames come late, out of order, twice, or with a bit flipped. The kernels at hand have no `netem`, so a
process copies each frame from one end of a cable to the other.

Runs in the namespace of a lab's switch. On its input comes a line of JSON for each change: all cables that are bad from now on,
`[{"port": "p1", "ways": [{"from": MAC, "to": MAC, "delayMs": 0, "jitterMs": 0, "late": 0, "twice": 0, "flipped": 0}]}]`, the
last three as shares of frames. It answers with a line when it is so. A port that is named is taken off the bridge, and a pair
of veths put between; one that is named no more is put back, and what was kept up passes at once. When the input ends all are.

What goes to everybody (ARP) passes at once. Frames keep their marks of unfinished checksums and segments (the header of
virtio before each), so that a bit that flips is seen by no checksum of the kernel: it gets as far as bytes can.
"""

import errno
import heapq
import json
import os
import random
import select
import socket
import subprocess
import time

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
ETH_P_ALL = 3
VNET_BYTES, MACS_BYTES, ETHER_BYTES = 10, 12, 14
FRAME_BYTES_MAX = 70_000
BUFFER_BYTES = 16 << 20
# Of all that waits; what is more is lost, as in a queue that is full.
WAITING_BYTES_MAX = 64 << 20
# By how much a frame that is out of order is held back.
LATE_MS_MIN, LATE_MS_MAX = 5, 30
# The cable is out, or what comes behind it is full: the frame is lost.
LOST = {errno.ENETDOWN, errno.ENOBUFS, errno.EAGAIN}


def change_links(*lines):
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


class Cable:
    """Between the machine's end at the switch, `p1`, and a port of the bridge, `q1`."""

    def __init__(self, port):
        self.port, self.inner, self.outer = port, "r" + port[1:], "q" + port[1:]
        self.ways = {}
        change_links(
            f"link add {self.inner} type veth peer name {self.outer}",
            f"link set {self.inner} up",
            f"link set {self.port} nomaster",
            f"link set {self.outer} master br0 up",
        )
        machine, switch = open_end(self.port), open_end(self.inner)
        self.ends = {machine.fileno(): (machine, switch), switch.fileno(): (switch, machine)}

    def close(self):
        for end, _ in self.ends.values():
            end.close()
        change_links(f"link delete {self.inner}", f"link set {self.port} master br0")


def open_end(device):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)
    end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    end.bind((device, ETH_P_ALL))
    return end


class Way:
    """From one machine to another."""

    def __init__(self, told):
        self.told = told
        self.key = mac(told["to"]) + mac(told["from"])
        self.last = 0.0

    def due(self, now):
        """When a frame that comes now goes on: in order, but for those that are held back."""
        told = self.told
        jitter = random.expovariate(1 / told["jitterMs"]) if told["jitterMs"] > 0 else 0
        self.last = due = max(self.last, now + (told["delayMs"] + jitter) / 1000)
        if random.random() < told["late"]:
            due += random.uniform(LATE_MS_MIN, LATE_MS_MAX) / 1000
        return due


def mac(words):
    return bytes.fromhex(words.replace(":", ""))


def flip(frame):
    """A bit of what TCP or UDP carries; a frame that carries nothing stays as it is."""
    ip = VNET_BYTES + ETHER_BYTES
    if frame[ip - 2 : ip] != b"\x08\x00":
        return frame
    inner = ip + 4 * (frame[ip] & 15)
    if frame[ip + 9] == socket.IPPROTO_TCP:
        begin = inner + 4 * (frame[inner + 12] >> 4)
    elif frame[ip + 9] == socket.IPPROTO_UDP:
        begin = inner + 8
    else:
        return frame
    # Short frames are filled up to a least length.
    end = ip + int.from_bytes(frame[ip + 2 : ip + 4], "big")
    if begin >= end:
        return frame
    flipped = bytearray(frame)
    flipped[random.randrange(begin, end)] ^= 1 << random.randrange(8)
    return flipped


class Relay:
    def __init__(self):
        self.cables = {}
        self.poll = select.epoll()
        # (when, number, cable, way, end, frame)
        self.waiting = []
        self.waiting_bytes = 0
        self.count = 0

    def change(self, told):
        wanted = {cable["port"]: [Way(way) for way in cable["ways"]] for cable in told}
        for port in [port for port in self.cables if port not in wanted]:
            self.remove(port)
        for port, ways in wanted.items():
            cable = self.cables.get(port) or self.add(port)
            for way in ways:
                way.last = cable.ways[way.key].last if way.key in cable.ways else 0.0
            cable.ways = {way.key: way for way in ways}
            self.release(lambda held, key: held is cable and key not in cable.ways)

    def add(self, port):
        cable = self.cables[port] = Cable(port)
        for number in cable.ends:
            self.poll.register(number, select.EPOLLIN)
        return cable

    def remove(self, port):
        cable = self.cables.pop(port)
        for number in cable.ends:
            self.poll.unregister(number)
        self.release(lambda held, _: held is cable)
        cable.close()

    def release(self, is_free):
        """What waits, and need not any more, passes at once."""
        held, self.waiting = sorted(self.waiting), []
        for entry in held:
            if is_free(entry[2], entry[3]):
                self.pass_on(entry)
            else:
                self.waiting.append(entry)

    def take(self, cable, number):
        end, other = cable.ends[number]
        try:
            frame = end.recv(FRAME_BYTES_MAX)
        except OSError as error:
            if error.errno in LOST:
                return
            raise
        key = frame[VNET_BYTES : VNET_BYTES + MACS_BYTES]
        way = cable.ways.get(key)
        if way is None:
            return send(other, frame)
        if random.random() < way.told["flipped"]:
            frame = flip(frame)
        for _ in range(2 if random.random() < way.told["twice"] else 1):
            if self.waiting_bytes + len(frame) > WAITING_BYTES_MAX:
                return
            self.waiting_bytes += len(frame)
            self.count += 1
            heapq.heappush(self.waiting, (way.due(time.monotonic()), self.count, cable, key, other, frame))

    def pass_on(self, entry):
        *_, end, frame = entry
        self.waiting_bytes -= len(frame)
        send(end, frame)

    def pass_due(self):
        """Returns in how many seconds the next one is due; None: none waits."""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            self.pass_on(heapq.heappop(self.waiting))
        return None

    def run(self):
        self.poll.register(0, select.EPOLLIN)
        told = b""
        while True:
            events = self.poll.poll(self.pass_due())
            for number, _ in events:
                for cable in self.cables.values():
                    if number in cable.ends:
                        self.take(cable, number)
            if not any(number == 0 for number, _ in events):
                continue
            part = os.read(0, 1 << 16)
            if part == b"":
                return
            *lines, told = (told + part).split(b"\n")
            for line in lines:
                self.change(json.loads(line))
                print("so it is", flush=True)


def send(end, frame):
    try:
        end.send(frame)
    except OSError as error:
        if error.errno not in LOST:
            raise


relay = Relay()
try:
    relay.run()
finally:
    relay.change([])
