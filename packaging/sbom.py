"""The bill of materials, CycloneDX 1.5 as JSON, of what ``requirements/run.lock`` installs::

python packaging/sbom.py requirements/run.lock > dist/phoneetiquette.cdx.json

It is made of the lock file alone, so it is the same wherever and whenever it is made; licences are in
docs/dependencies.md. Each package has the SHA-256 of every file that the lock accepts for it.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: Path, version: str) -> dict[str, Any]:
    """The document."""
    text = lock.read_text(encoding="utf-8")
    components = []
    for entry in re.split(r"\n(?=\S+==)", text):
        found = _PINNED.match(entry)
        if found is None:
            continue
        purl = f"pkg:pypi/{found['name']}@{found['version']}"
        components.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": found["name"],
                "version": found["version"],
                "purl": purl,
                "scope": "required",
                "hashes": [{"alg": "SHA-256", "content": content} for content in _HASH.findall(entry)],
            }
        )
    program = f"pkg:generic/phoneetiquette@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, text)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": program,
                "name": "phoneetiquette",
                "version": version,
                "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": program, "dependsOn": [one["bom-ref"] for one in components]}],
    }


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python packaging/sbom.py LOCK", file=sys.stderr)
        return 2
    source = (Path(__file__).parents[1] / "src/phoneetiquette/__init__.py").read_text(encoding="utf-8")
    version = source.partition('__version__ = "')[2].partition('"')[0]
    print(json.dumps(bill(Path(arguments[0]), version), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
