"""What pjproject can do and pjsua2 does not wrap: the extension module exports its C functions, as every build does."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache

import pjsua2 as pj

from phoneetiquette.errors import EngineError

AUDIO = 1
"""``PJMEDIA_FRAME_TYPE_AUDIO``."""


class Frame(ctypes.Structure):
    """``pjmedia_frame``. The layouts of this and the following have been the same from pjproject 2.0 to 2.15.1
    (``pjmedia/include/pjmedia/frame.h``, ``format.h``, ``port.h``)."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buf", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("timestamp", ctypes.c_uint64),
        ("bit_info", ctypes.c_uint32),
    )


class Format(ctypes.Structure):
    """``pjmedia_format`` of sound."""

    _fields_ = (
        ("id", ctypes.c_uint32),
        ("type", ctypes.c_int),
        ("detail_type", ctypes.c_int),
        ("clock_rate", ctypes.c_uint),
        ("channel_count", ctypes.c_uint),
        ("frame_time_usec", ctypes.c_uint),
        ("bits_per_sample", ctypes.c_uint),
        ("avg_bps", ctypes.c_uint32),
        ("max_bps", ctypes.c_uint32),
    )


PassFrame = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class Port(ctypes.Structure):
    """``pjmedia_port``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("name_length", ctypes.c_ssize_t),
        ("signature", ctypes.c_uint32),
        ("direction", ctypes.c_int),
        ("format", Format),
        ("data", ctypes.c_void_p),
        ("number", ctypes.c_long),
        ("lock", ctypes.c_void_p),
        ("get_clock_src", ctypes.c_void_p),
        ("put_frame", PassFrame),
        ("get_frame", PassFrame),
        ("on_destroy", ctypes.c_void_p),
    )


@cache
def library() -> ctypes.CDLL:
    """The extension module as the C library that it is as well."""
    for module in (getattr(pj, "_pjsua2", None), pj):
        path = getattr(module, "__file__", None)
        if path and path.endswith(".so"):
            return ctypes.CDLL(path)
    raise EngineError("this build of pjsua2 is not a shared library", "install pjsua2-python from PyPI")


def calls_in_library() -> int:
    """Calls that occupy the library: those we know, and those whose goodbye is not answered yet."""
    return int(library().pjsua_call_get_count())


def give_back_memory() -> None:
    """Return what is free to the system: some megabytes after the start, and after calls. Takes a few milliseconds."""
    with contextlib.suppress(AttributeError):  # not every C library has it
        ctypes.CDLL(None).malloc_trim(0)


def build_options() -> dict[str, str]:
    """What the library was compiled with (``PJ_HAS_IPV6``: ``0`` ...), as it tells its log. After ``libCreate()``."""
    native = library()
    said: list[bytes] = []
    log_function = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_int)
    listen = log_function(lambda _level, text, _length: said.append(text))
    native.pj_log_get_log_func.restype = ctypes.c_void_p
    usual, level = ctypes.c_void_p(native.pj_log_get_log_func()), native.pj_log_get_level()
    native.pj_log_set_log_func(listen)
    native.pj_log_set_level(3)
    native.pj_dump_config()
    native.pj_log_set_level(level)
    native.pj_log_set_log_func(usual)
    lines = b"".join(said).decode(errors="replace").splitlines()
    named = (line.partition("config.c")[2].partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in named}


def build_name() -> str:
    """Which build of pjsua2 this is, for ``doctor`` and the journal."""
    version = pj.Endpoint.instance().libVersion()
    return f"pjproject {version.full} ({getattr(pj, '__version__', 'not from PyPI')})"
