"""Where the files lie that planrun brings along: the schema of plans, the sample plans and their templates."""

from __future__ import annotations

from pathlib import Path

from planrun.errors import EnvironmentFault

_PACKAGE = Path(__file__).resolve().parents[1]


def data_path(*parts: str) -> Path:
    """Return the path of a file or folder that planrun brings along, such as ``schemas, plan.schema.json``.

    Raises:
        EnvironmentFault: it is not there, so the installation is damaged.
    """
    path = data_root(_PACKAGE).joinpath(*parts)
    if not path.exists():
        raise EnvironmentFault(
            f"planrun's own {'/'.join(parts)} is missing, wanted at {path}", hint="install planrun again"
        )
    return path


def data_root(package: Path) -> Path:
    """Return the folder that holds ``schemas``, ``plans`` and ``templates``, for a package in the folder `package`.

    A wheel carries them inside the package as ``_data``; a source checkout has them at its root, beside ``src``.
    """
    installed = package / "_data"
    return installed if installed.is_dir() else package.parents[1]
