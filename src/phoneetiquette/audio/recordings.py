"""Recordings of calls, read block by block: any length in bounded memory, any rate, brought to one we measure at.

libsndfile is forgiving: it opens a file whose end is missing and tells nobody. A call measured by half is worse than
none, so what a file promises is compared with what it holds.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from phoneetiquette.audio.suffixes import RAW_SUFFIXES
from phoneetiquette.errors import RecordingError

Block = NDArray[np.int16]
"""Channels x samples."""

READABLE = "WAV, FLAC or Ogg"

MEASURED_HZ = (8000, 16000)
RATES_HZ = range(4000, 384_001)
"""Below there is no speech to be heard; above, the header is wrong."""
BLOCK_FRAMES = 1 << 16
LOUDEST = 8.0
"""Float samples beyond this many times full scale are not sound, or not scaled as sound is."""

JOIN_ADVICE = "record both sides apart; two mono files become one with: sox -M agent.wav customer.wav call.wav"


class Recording:
    """An open two-channel recording. Use it in a ``with`` block.

    Raises:
        RecordingError: it is not a recording of two channels that can be measured; says why and what to do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _opened(path)
        try:
            self._sound = self._recognised()
            try:
                self._check()
            except BaseException:
                self._sound.close()
                raise
        except BaseException:
            self._file.close()
            raise

    @property
    def own_rate_hz(self) -> int:
        return int(self._sound.samplerate)

    @property
    def rate_hz(self) -> int:
        """What :meth:`blocks` are sampled at: 16000 if the recording has as much to give, else 8000."""
        return 16000 if self.own_rate_hz >= 16000 else 8000

    @property
    def read(self) -> float:
        """How much of the file has been worked off, 0 to 1."""
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0

    def blocks(self) -> Iterator[Block]:
        """Both channels from the beginning, 2 x samples, at most some seconds each; their length differs.

        Raises:
            RecordingError: the file is damaged, ends too early, or holds what is no sound.
        """
        exact = self._sound.subtype == "PCM_16" and self.own_rate_hz == self.rate_hz
        resampler = None
        if self.own_rate_hz != self.rate_hz:
            resampler = soxr.ResampleStream(self.own_rate_hz, self.rate_hz, 2, dtype="float32")
        frames = 0
        while True:
            samples = self._next("int16" if exact else "float32", frames)
            last = not len(samples)
            if not exact:
                self._check_samples(samples, frames)
            frames += len(samples)
            if resampler is not None:
                samples = resampler.resample_chunk(samples, last=last)
            if len(samples):
                yield _as_int16(samples).T
            if last:
                break
        if not frames:
            raise RecordingError(f"{self.path}: holds no sound", "record it again")
        if frames < self._sound.frames < 1 << 62:
            raise self._cut_short(frames / self.own_rate_hz, self._sound.frames / self.own_rate_hz)

    def close(self) -> None:
        self._sound.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------ opening

    def _recognised(self) -> soundfile.SoundFile:
        self._size = os.fstat(self._file.fileno()).st_size
        if not self._size:
            raise RecordingError(f"{self.path}: is empty", "record or copy it again")
        try:
            return soundfile.SoundFile(self._file)
        except soundfile.LibsndfileError as error:
            if self.path.suffix.lower() in RAW_SUFFIXES:
                raise RecordingError(
                    f"{self.path}: raw samples without a header", "convert it: sox -t raw ... call.wav"
                ) from error
            kind = _kind(self._file)
            what = f"is no sound file but {kind}" if kind else "is not a sound file that can be read here"
            raise RecordingError(f"{self.path}: {what}", f"give a {READABLE} file") from error
        except (TypeError, ValueError, RuntimeError) as error:  # soundfile's own checks of nonsense in a header
            raise RecordingError(
                f"{self.path}: its header makes no sense: {error}", f"give a {READABLE} file"
            ) from error

    def _check(self) -> None:
        channels, rate = self._sound.channels, self.own_rate_hz
        if channels == 1:
            raise RecordingError(f"{self.path}: is mono, so nobody can tell who speaks", JOIN_ADVICE)
        if channels != 2:
            raise RecordingError(
                f"{self.path}: has {channels} channels, not two",
                "keep the agent's and the customer's, such as 1 and 2: sox in.wav out.wav remix 1 2",
            )
        if rate not in RATES_HZ:
            raise RecordingError(
                f"{self.path}: is sampled at {rate} Hz, which is no speech",
                f"give a recording of {RATES_HZ[0]} to {RATES_HZ[-1]} Hz",
            )
        if self._sound.format in ("WAV", "WAVEX"):
            self._check_wav()
        elif self._sound.format == "OGG" and not _ogg_is_whole(self._file):
            raise self._cut_short(self._sound.frames / rate, None)

    def _check_wav(self) -> None:
        data = _wav_data(self._file)
        if data is None:
            return
        start, promised = data
        there = self._size - start
        if promised == 0 < there:
            raise RecordingError(
                f"{self.path}: says that it holds no sound, yet {there} bytes follow: the recorder did not finish it",
                "mend its header: sox --ignore-length in.wav out.wav",
            )
        # Programs that write into a pipe promise the most a header can, and are not meant literally.
        if there < promised < 0x7FFF0000:
            share = self._sound.frames / self.own_rate_hz
            raise self._cut_short(share, share * promised / there if there else None)

    def _cut_short(self, there_s: float, promised_s: float | None) -> RecordingError:
        whole = "the end is missing" if promised_s is None else f"of {promised_s:.1f} s"
        what = f"{self.path}: is cut short after {there_s:.1f} s"
        return RecordingError(
            f"{what}, {whole}" if promised_s is None else f"{what} {whole}",
            "copy it again; to measure what is there: ffmpeg -i in.wav out.wav",
        )

    # ------------------------------------------------------------------------------------------------ reading

    def _next(self, dtype: str, frames: int) -> NDArray[np.int16] | NDArray[np.float32]:
        try:
            samples: NDArray[np.int16] | NDArray[np.float32] = self._sound.read(
                BLOCK_FRAMES, dtype=dtype, always_2d=True
            )
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise RecordingError(
                f"{self.path}: is damaged between {frames / self.own_rate_hz:.1f} s"
                f" and {(frames + BLOCK_FRAMES) / self.own_rate_hz:.1f} s",
                "copy it again",
            ) from error
        except OSError as error:
            raise RecordingError(f"{self.path}: cannot be read: {error.strerror or error}", "copy it again") from error
        return samples

    def _check_samples(self, samples: NDArray[np.generic], before: int) -> None:
        """Refuses what is no sound: one NaN in a resampler is a call full of them."""
        loud = ~(np.abs(samples) <= LOUDEST)  # true for NaN too
        if not loud.any():
            return
        first = int(np.flatnonzero(loud.any(axis=1))[0])
        at_s = (before + first) / self.own_rate_hz
        value = samples[first][loud[first]][0]
        if np.isfinite(value):
            what = f"holds samples {abs(float(value)):.3g} times full scale"
            advice = "scale it: sox --norm=-1 in.wav -b 16 out.wav"
        else:
            what, advice = "holds samples that are no numbers (NaN or infinite)", "export it again as 16-bit PCM"
        raise RecordingError(f"{self.path}: {what} at {at_s:.1f} s", advice)


def _opened(path: Path) -> BinaryIO:
    """The file, if it is one: opening a pipe would wait for its writer for ever."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise RecordingError(f"{path}: is not a file", f"give a {READABLE} file")
        return path.open("rb")
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: no such file", "check the name") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise RecordingError(f"{path}: cannot be read: {why}", "check its permissions") from error


def _as_int16(samples: NDArray[np.int16] | NDArray[np.float32]) -> NDArray[np.int16]:
    if samples.dtype == np.int16:
        return samples  # type: ignore[return-value]
    scaled: NDArray[np.int16] = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype(np.int16)
    return scaled


def _kind(file: BinaryIO) -> str:
    """What a file that is no sound begins like."""
    file.seek(0)
    begin = file.read(512)
    if begin.startswith((b"\x1a\x45\xdf\xa3",)) or begin[4:8] == b"ftyp":
        return "a video or an M4A container"
    if begin.startswith(b"PK\x03\x04"):
        return "a ZIP archive"
    if begin.startswith(b"\x1f\x8b"):
        return "a gzip archive"
    if begin.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        return "a document or a picture"
    if not begin.strip(b"\0"):
        return "all zeros"
    return "text" if all(byte in b"\t\r\n" or byte >= 32 for byte in begin) and _is_utf8(begin) else ""


def _is_utf8(begin: bytes) -> bool:
    try:
        begin[: len(begin) - 4].decode()
    except UnicodeDecodeError:
        return False
    return True


def _wav_data(file: BinaryIO) -> tuple[int, int] | None:
    """Where a RIFF file's sound starts and how many bytes of it are promised; ``None`` where that cannot be told."""
    at = file.tell()
    try:
        file.seek(0)
        riff = file.read(12)
        if riff[:4] not in (b"RIFF", b"RIFX") or riff[8:] != b"WAVE":
            return None
        order = "<" if riff[:4] == b"RIFF" else ">"
        for _ in range(64):  # chunks before the sound
            header = file.read(8)
            if len(header) < 8:
                return None
            size = int(struct.unpack(f"{order}I", header[4:])[0])
            if header[:4] == b"data":
                return file.tell(), size
            file.seek(size + size % 2, os.SEEK_CUR)
        return None
    finally:
        file.seek(at)


OGG_PAGE_MOST = 65307
"""A page of the format: a header of 27 bytes, 255 segments of at most 255 bytes and their lengths."""


def _ogg_is_whole(file: BinaryIO) -> bool:
    """Whether the last page of an Ogg file is all there and says that it is the last (RFC 3533, section 6)."""
    at = file.tell()
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - OGG_PAGE_MOST))
        end = file.read()
    finally:
        file.seek(at)
    page = end.rfind(b"OggS")
    if page < 0 or len(end) < page + 27:
        return False
    lengths = end[page + 27 : page + 27 + end[page + 26]]
    return bool(end[page + 5] & 4) and len(end) >= page + 27 + len(lengths) + sum(lengths)
