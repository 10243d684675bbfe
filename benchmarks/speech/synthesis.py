"""Sounds that telephone lines carry besides speech, made by rule: hums of assent, music, tones, keys, breath, noise.

All at 8 kHz and about level 1 (RMS while they sound) unless said otherwise.
"""

from __future__ import annotations

import numpy as np

from benchmarks.speech.clips import RATE_HZ, STEP, Clip, Label, Material, Sound

Chance = np.random.Generator

DTMF_HZ = {
    digit: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for high, digit in zip((1209, 1336, 1477, 1633), row, strict=True)
}
CHORDS = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (261.6, 329.6, 392.0), (196.0, 246.9, 293.7))


def level(sound: Sound) -> Sound:
    """Scaled to RMS 1."""
    return np.asarray(sound / (np.sqrt((sound**2).mean()) + 1e-12))


def shaped(count: int, chance: Chance, low_hz: float, high_hz: float, slope_db: float = 0.0) -> Sound:
    """Noise of a band; ``slope_db`` an octave."""
    spectrum = np.fft.rfft(chance.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    spectrum *= (np.maximum(hz, 20.0) / 1000.0) ** (slope_db / 6.02)
    return level(np.fft.irfft(spectrum, count))


def filtered(sound: Sound, response: Sound) -> Sound:
    """Convolved, as long as it was."""
    size = 1 << (len(sound) + len(response)).bit_length()
    return np.asarray(np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)])


def hum_of_assent(chance: Chance) -> Clip:
    """Two nasal syllables and a breath between them, the pitch lower in the first, rising in the second ("mm-hm"); or
    a single one that falls."""
    pitch_hz = chance.uniform(95, 240)
    if chance.random() < 0.7:
        parts = [
            _nasal(int(chance.integers(12, 20)), pitch_hz, pitch_hz * 0.92, chance),
            0.12 * shaped(STEP * int(chance.integers(3, 7)), chance, 300, 2500, -6),
            _nasal(int(chance.integers(16, 28)), pitch_hz * 1.05, pitch_hz * 1.35, chance),
        ]
    else:
        parts = [_nasal(int(chance.integers(24, 45)), pitch_hz * 1.1, pitch_hz * 0.85, chance)]
    sound = np.concatenate(parts)
    return Clip(level(sound), np.ones(len(sound) // STEP, bool))


def _nasal(steps: int, from_hz: float, to_hz: float, chance: Chance) -> Sound:
    count = steps * STEP
    at = np.linspace(0, 1, count)
    pitch_hz = from_hz * (to_hz / from_hz) ** at * (1 + 0.01 * np.sin(2 * np.pi * 5 * at * count / RATE_HZ))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    sound = np.zeros(count)
    for harmonic in range(1, int(3400 / max(from_hz, to_hz)) + 1):
        hz = harmonic * pitch_hz.mean()
        weight = 1 / (1 + ((hz - 260) / 120) ** 2) + 0.08 / (1 + ((hz - 1100) / 200) ** 2) + 0.03 / harmonic
        sound += weight * np.sin(harmonic * phase + chance.uniform(0, 6.28))
    swell = np.minimum(1, np.minimum(at, 1 - at) * count / (0.04 * RATE_HZ))
    return level(sound) * swell


def music(count: int, chance: Chance) -> Sound:
    """Hold music: chords, a bass, a melody with vibrato that moves like a voice, a light beat."""
    sound = np.zeros(count)
    bar = int(chance.uniform(1.6, 2.4) * RATE_HZ)
    order = chance.permutation(len(CHORDS))
    key = 2 ** (chance.integers(-4, 5) / 12)
    for start in range(0, count, bar):
        chord = np.array(CHORDS[order[start // bar % len(CHORDS)]]) * key
        _lay(sound, start, sum((_note(bar, hz, 1.5, 0.0) for hz in chord), np.zeros(bar)) * 0.5)
        _lay(sound, start, _note(bar, chord[0] / 2, 1.0, 0.0) * 0.8)
        for beat in range(4):
            at = start + beat * bar // 4
            long = bar // 4 * int(chance.integers(1, 3))
            _lay(sound, at, _note(long, float(chance.choice(chord)) * 2, 0.6, 0.012) * 0.9)
            tick = shaped(RATE_HZ // 20, chance, 1500, 3800) * np.exp(-np.arange(RATE_HZ // 20) / 90)
            _lay(sound, at, tick * 0.35)
    return level(sound)


def _note(count: int, hz: float, decay_s: float, vibrato: float) -> Sound:
    at = np.arange(count) / RATE_HZ
    phase = 2 * np.pi * hz * (at - vibrato * np.cos(2 * np.pi * 5.5 * at) / (2 * np.pi * 5.5))
    sound = sum((np.sin(k * phase) / k**1.3 for k in range(1, 7) if k * hz < 3600), np.zeros(count))
    return np.asarray(sound * np.exp(-at / decay_s) * np.minimum(1, at / 0.01))


def _lay(ground: Sound, at: int, sound: Sound) -> None:
    fitting = sound[: max(0, len(ground) - at)]
    ground[at : at + len(fitting)] += fitting


def digits(count: int, chance: Chance) -> Sound:
    """Somebody types on the dial pad (ITU-T Q.23): 60 to 200 ms a digit, with pauses."""
    sound, at = np.zeros(count), 0
    while at < count - RATE_HZ // 4:
        long = int(chance.uniform(0.06, 0.2) * RATE_HZ)
        low, high = DTMF_HZ[str(chance.integers(0, 10))]
        time = np.arange(long) / RATE_HZ
        _lay(sound, at, np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))
        at += long + int(chance.uniform(0.06, 0.5) * RATE_HZ)
    return sound


def ringback(count: int, chance: Chance) -> Sound:
    """What a caller hears while it rings: European 425 Hz, British or North American, each in its cadence."""
    tones, cadence = (((425,), (1.0, 4.0)), ((400, 450), (0.4, 0.2, 0.4, 2.0)), ((440, 480), (2.0, 4.0)))[
        chance.integers(3)
    ]
    at = np.arange(count) / RATE_HZ
    place = at % sum(cadence)
    edges = np.concatenate([[0.0], np.cumsum(cadence)])
    on = sum(((place >= edges[i]) & (place < edges[i + 1]) for i in range(0, len(cadence), 2)), np.zeros(count, bool))
    return np.asarray(sum((np.sin(2 * np.pi * hz * at) for hz in tones), np.zeros(count)) * on)


def typing(count: int, chance: Chance) -> Sound:
    """Keyboard near the microphone: bursts of clicks, some louder than speech. Peaks of about 1."""
    sound, at = np.zeros(count), int(chance.uniform(0, 10) * RATE_HZ)
    while at < count - RATE_HZ:
        for _ in range(int(chance.integers(6, 30))):
            click = chance.standard_normal(240) * np.exp(-np.arange(240) / chance.uniform(12, 40))
            _lay(sound, at, click * chance.uniform(0.3, 1.2))
            at += int(chance.uniform(0.07, 0.3) * RATE_HZ)
        at += int(chance.exponential(10) * RATE_HZ)
    return sound


def breaths(label: Label, chance: Chance) -> Sound:
    """Breath drawn before one's own speech, into the microphone."""
    sound = np.zeros(len(label) * STEP)
    last = -1000
    for start, end in _starts(label):
        if start - last > 60:
            long = int(chance.uniform(0.25, 0.5) * RATE_HZ)
            swell = np.sin(np.linspace(0, np.pi, long)) ** 2
            at = start * STEP - long - int(chance.uniform(0.02, 0.15) * RATE_HZ)
            if at > 0:
                _lay(sound, at, shaped(long, chance, 400, 3400, -3) * swell)
        last = end
    return sound


def _starts(label: Label) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], label, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def mains_hum(count: int, chance: Chance) -> Sound:
    """50 or 60 Hz and its multiples, as a badly shielded line picks them up."""
    at, base = np.arange(count) / RATE_HZ, float(chance.choice([50.0, 60.0]))
    tones = [np.sin(2 * np.pi * base * k * at + chance.uniform(0, 6.28)) * chance.uniform(0.2, 1) for k in range(1, 12)]
    return level(np.sum(tones, axis=0))


def looped(sound: Sound, count: int, chance: Chance) -> Sound:
    """``count`` samples of a recording, from anywhere in it, repeated if need be."""
    start = int(chance.integers(len(sound)))
    return np.asarray(np.resize(np.roll(sound, -start), count))


def voices_behind(stock: Material, count: int, chance: Chance, how_many: int) -> Sound:
    """Other people talking in the room."""
    chosen = chance.choice(len(stock.babble), how_many, replace=False)
    return level(np.sum([level(looped(stock.babble[i], count, chance)) for i in chosen], axis=0))


def passer_by(stock: Material, count: int, chance: Chance) -> Sound:
    """One other person in the room, heard now and then for a few seconds, dull and with an echo; some only whisper."""
    sound, at = np.zeros(count), int(chance.uniform(0, 8) * RATE_HZ)
    talk = level(looped(stock.babble[int(chance.integers(len(stock.babble)))], count, chance))
    if chance.random() < 0.3:
        spectrum = np.fft.rfft(talk[: count // 400 * 400].reshape(-1, 400))
        talk = np.fft.irfft(np.abs(spectrum) * np.exp(2j * np.pi * chance.random(spectrum.shape)), 400).ravel()
    while at < count:
        end = at + int(chance.uniform(0.4, 5) * RATE_HZ)
        sound[at:end] = talk[at:end][: count - at] * 10 ** (chance.uniform(-3, 3) / 20)
        at = end + int(chance.exponential(6) * RATE_HZ)
    return filtered(sound, room(chance, 2400))


def room(chance: Chance, count: int) -> Sound:
    """Response of a room, at a distance: what comes directly and what comes later."""
    response = chance.standard_normal(count) * np.exp(-np.arange(count) / chance.uniform(100, 900))
    response[0] = chance.uniform(1, 8)
    return np.asarray(response / np.sqrt((response**2).sum()))


def coloured(count: int, chance: Chance) -> Sound:
    """A machine or a place nobody has recorded: any slope, perhaps a resonance, swelling slowly, thumps and rustles."""
    sound = shaped(
        count, chance, float(chance.uniform(20, 300)), float(chance.uniform(800, 3900)), chance.uniform(-9, 3)
    )
    if chance.random() < 0.5:
        at = np.arange(400)
        ringing = np.sin(2 * np.pi * chance.uniform(100, 3000) / RATE_HZ * at) * np.exp(-at / chance.uniform(10, 100))
        sound = level(filtered(sound, ringing))
    knots = np.arange(0, count + 4000, 4000)
    sound *= 10 ** (np.interp(np.arange(count), knots, chance.uniform(-5, 5, len(knots))) / 20)
    for _ in range(int(chance.poisson(count / RATE_HZ / 8))):
        long = int(chance.uniform(0.03, 0.6) * RATE_HZ)
        thump = shaped(long, chance, 50, float(chance.uniform(400, 3900)), -6) * np.hanning(long)
        _lay(sound, int(chance.integers(count)), thump * chance.uniform(0.5, 5))
    return level(sound)


def noise(kind: str, stock: Material, count: int, chance: Chance) -> Sound:
    """A background of the kinds in :data:`NOISES`, at level 1."""
    if kind == "babble":
        return voices_behind(stock, count, chance, 8)
    if kind == "neighbours":
        return voices_behind(stock, count, chance, 3)
    if kind == "pink":
        return shaped(count, chance, 20, 3900, -3)
    if kind == "white":
        return shaped(count, chance, 20, 3900)
    if kind == "fan":
        return shaped(count, chance, 20, 1500, -9)
    if kind == "office":
        return level(looped(stock.noises[0], count, chance))
    if kind == "machine":
        return level(looped(stock.noises[1], count, chance))
    if kind == "coloured":
        return coloured(count, chance)
    if kind == "typing":
        return level(typing(count, chance) + 0.01 * shaped(count, chance, 20, 3900))
    if kind == "music":
        return music(count, chance)
    raise ValueError(f"there is no noise {kind!r}")


NOISES = ("babble", "neighbours", "pink", "white", "fan", "office", "machine", "typing", "music")
