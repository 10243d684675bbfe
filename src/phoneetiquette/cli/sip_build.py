"""Which build of the SIP library this is: ``python -m phoneetiquette.cli.sip_build`` prints it as one JSON object.

A process of its own, because a build that does not fit can end the process that imports it.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pjsua2 as pj


def describe() -> dict[str, Any]:
    """``version``, ``distribution`` (null when it is not the wheel), ``calls`` at a time, ``assertions``, ``tls``.

    With assertions a malformed message that the library did not expect ends the process. ``tls`` is the TLS library
    with its version, empty where none is found.
    """
    library = pj.Endpoint().libVersion().full  # first: the wheel loads its native part only when it is used
    loaded = _loaded_libraries()
    extension = next(path for path in loaded if path.name.startswith("_pjsua2"))
    try:
        distribution: str | None = f"pjsua2-python {version('pjsua2-python')}"
    except PackageNotFoundError:
        distribution = None
    inside = [extension, *(path for path in loaded if path.name.startswith("libpj"))]
    crypto = [path for path in loaded if path.name.startswith("libcrypto")]
    return {
        "version": library,
        "distribution": distribution,
        "calls": pj.UaConfig().maxCalls,
        "assertions": any(b"__assert_fail" in path.read_bytes() for path in inside),
        "tls": next((name for path in [*crypto, extension] if (name := _openssl(path))), ""),
    }


def _loaded_libraries() -> list[Path]:
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return sorted({Path(words[5]) for line in lines if len(words := line.split(maxsplit=5)) == 6 and ".so" in words[5]})


def _openssl(library: Path) -> str:
    found = re.search(rb"OpenSSL \d+\.\d+\.\d+[a-z]*", library.read_bytes())
    return found[0].decode() if found else ""


if __name__ == "__main__":
    print(json.dumps(describe()))
