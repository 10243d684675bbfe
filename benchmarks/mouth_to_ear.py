"""How long sound takes through an agent, both ways at once, and what of it is lost.

far end (RTP) -> agent -> ear of the virtual card;  mouth of the card -> agent -> RTP at the far end

"To ear" is the moment the card plays a sample minus the moment its packet was sent plus its place in the packet; "to
RTP" is the arrival of a packet (plus the place in it) minus the moment the card captured the sample. ``--card-ppm``
and ``--far-ppm`` make the clocks of card and far end wrong; ``--stall-ms`` stops the agent once for so long.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.agents import WINDOWS_MS, Agent, Role
from benchmarks.card import PipeCard
from benchmarks.delay import Pieces, Verdict, find_pieces, judge
from benchmarks.figures import median_of, table
from benchmarks.meter import BusyLoops, Hiccups, real_time
from benchmarks.sounds import Sound, probe, up_by_6
from tests.peers import g711
from tests.peers.g711 import PCMA
from tests.peers.rtp import PACKET, Packet
from tests.peers.sip_caller import SipCaller

COUNTRY = "GB"
SETTLE_S = 3.0
STALL_AFTER_S = 10.0
FAR_END_PRIORITY = 20
"""Of the thread that sends RTP: below the sound server and the card's clock."""
Times = NDArray[np.float64]
COLUMNS = (
    "agent",
    "way",
    "median",
    "p99 - median",
    "lost ms",
    "slips",
    "drift ppm",
    "first 5 s",
    "last 5 s",
    "worst change",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--card-ppm", type=float, default=0.0, help="the card's clock is fast by this")
    parser.add_argument("--far-ppm", type=float, default=0.0, help="the far end's clock is slow by this")
    parser.add_argument("--stall-ms", type=float, default=0.0, help="stop the agent for this long, 10 s into the talk")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="busy loops beside, a core each")


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    seconds = options.seconds + SETTLE_S
    far, near = probe(seconds, 11), probe(seconds, 22)
    with (
        PipeCard(options.card_ppm) as card,
        Agent(name, Role(COUNTRY, sound="card", environment=card.environment)) as agent,
        SipCaller("far-end") as caller,
        BusyLoops(options.busy),
    ):
        caller.post(real_time, 0, FAR_END_PRIORITY)
        call = caller.call(agent.uri, clock_ppm=options.far_ppm)
        call.wait("answered", WINDOWS_MS[COUNTRY][1] / 1000 + 5)
        time.sleep(1.5)
        spoken_ns = card.speak(up_by_6(near))
        call.play(far)
        with Hiccups() as hiccups:
            _stall(agent, options.stall_ms)
            time.sleep(max(0.0, seconds + 1.0 - (STALL_AFTER_S if options.stall_ms else 0.0)))
        dropped = call.ended
        sent_ns, late_ns = call.rtp.played_from_ns, call.rtp.late_ns
        packets = list(call.rtp.received)
        ear = card.finish()
        call.hang_up()
    said = g711.decode(g711.encode(far, PCMA), PCMA).astype(float)
    far_step_ns = 1e9 / 8000 * (1 + options.far_ppm * 1e-6)
    sent = moments(sent_ns, len(said), far_step_ns)
    played = moments(ear.start_ns, len(ear.sound), ear.step_ns)
    to_ear = judge(_judged(find_pieces(said, sent, ear.sound, played)))
    sound, arrival_ns, even_ns = time_line(packets)
    captured = moments(spoken_ns, len(near), 6 * card.sample_ns)
    arrived = find_pieces(near.astype(float), captured, sound, arrival_ns)
    even = find_pieces(near.astype(float), captured, sound, even_ns)
    judged_from_ns = sent_ns + SETTLE_S * 1e9
    empty = [at for at in ear.faults["empty_ns"] if judged_from_ns < at < sent[-1]]
    to_rtp = judge(_judged(arrived), _judged(even))
    return {
        "agent": name,
        "dropped": dropped,
        "machine": str(hiccups),
        "sender_late_ms": round(max(late_ns, default=0) / 1e6, 2),
        "card": {"empty": len(empty), "worst_late_ms": round(ear.faults["worst_late_ms"], 2)},
        "packet_interval_p99_ms": round(float(np.percentile(np.diff([p.at_ns for p in packets]), 99)) / 1e6, 2),
        "to_ear": to_ear,
        "to_rtp": to_rtp,
    }


def _stall(agent: Agent, stall_ms: float) -> None:
    """Stop every process of the agent, as a machine that hangs does."""
    if not stall_ms:
        return
    time.sleep(STALL_AFTER_S)
    for number, pause_s in ((signal.SIGSTOP, stall_ms / 1000), (signal.SIGCONT, 0.0)):
        for pid in agent.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(pause_s)


def _judged(pieces: Pieces) -> Pieces:
    """Without the beginning, while buffers settle."""
    kept = pieces.said_ns >= pieces.said_ns[0] + SETTLE_S * 1e9
    return Pieces(pieces.said_ns[kept], pieces.delay_ms[kept])


def moments(start_ns: float, count: int, step_ns: float) -> Times:
    times: Times = start_ns + np.arange(count, dtype=np.float64) * step_ns
    return times


def time_line(packets: list[Packet]) -> tuple[Sound, Times, Times]:
    """Received sound by RTP time stamp, the arrival of each sample (its packet's, plus its place), even times."""
    own = [packet for packet in packets if packet.payload_type == PCMA]
    places = np.array([(p.timestamp - own[0].timestamp + (1 << 31)) % (1 << 32) - (1 << 31) for p in own])
    sound = np.zeros(places.max() + PACKET)
    arrival_ns = np.full(len(sound), np.nan)
    for place, packet in zip(places, own, strict=True):
        if place >= 0:
            size = min(PACKET, len(packet.payload))
            sound[place : place + size] = g711.decode(packet.payload[:size], PCMA)
            arrival_ns[place : place + size] = packet.at_ns + np.arange(size) * 125_000
    index = np.arange(len(sound))
    known = ~np.isnan(arrival_ns)
    filled_ns = np.interp(index, index[known], arrival_ns[known])
    return sound, filled_ns, filled_ns[0] + index * 125_000.0


def headline(result: dict[str, Any]) -> dict[str, float | None]:
    return {way.replace("_", " "): median_of(result[way].latency_ms) for way in ("to_ear", "to_rtp")}


def report(results: list[dict[str, Any]]) -> str:
    rows = []
    for result in results:
        for way in ("to_ear", "to_rtp"):
            verdict: Verdict = result[way]
            rows.append(
                (
                    result["agent"],
                    way.replace("_", " "),
                    median_of(verdict.latency_ms),
                    verdict.p99_over_median_ms,
                    verdict.lost_ms,
                    " ".join(f"{ms:+.0f}" for _, ms in verdict.slips[:6]) or "0",
                    verdict.drift_ppm,
                    verdict.first_ms,
                    verdict.last_ms,
                    verdict.worst_change_ms,
                )
            )
    notes = [
        f"{r['agent']}: {r['machine']}; card {r['card']}; sender late at most {r['sender_late_ms']} ms;"
        f" RTP interval p99 {r['packet_interval_p99_ms']} ms" + ("; CALL DROPPED" if r["dropped"] else "")
        for r in results
    ]
    return "\n".join(["ms", "", table(COLUMNS, rows), "", *notes])
