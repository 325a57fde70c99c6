"""The hash of the program's own source: what a result rests on beside its inputs."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def code_sha256() -> str:
    """Return a hash of the package's own source, so that new equations never meet an old cache."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("**/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
