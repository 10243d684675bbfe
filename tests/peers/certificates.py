"""Throw-away certificates for TLS on loopback."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.peers.ports import LOOPBACK


def self_signed(
    folder: Path, names: str = f"IP:{LOOPBACK}", subject: str = f"/CN={LOOPBACK}"
) -> tuple[Path, Path, Path]:
    """Certificate, key, and both in one PEM file, valid a day for ``names``; the certificate is its own authority."""
    certificate, key, both = folder / "certificate.pem", folder / "key.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", subject]
    command += ["-addext", f"subjectAltName={names}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    key.chmod(0o600)
    both.chmod(0o600)
    return certificate, key, both
