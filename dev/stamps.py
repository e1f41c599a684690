"""Stamp files: a step is repeated only when the hash of its inputs has changed."""

import hashlib


def digest(*parts):
    """Return a short hash of strings, bytes and (contents of) files."""
    result = hashlib.sha256()
    for part in parts:
        if hasattr(part, "read_bytes"):
            part = part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        result.update(hashlib.sha256(part).digest())
    return result.hexdigest()[:12]


def folder_digest(folder, skip=()):
    """Return a hash of names and contents below a folder.

    ``skip`` holds relative paths (files or folders) that do not count.
    """
    parts = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if "__pycache__" in path.parts or not path.is_file():
            continue
        if any(name == each or name.startswith(f"{each}/") for each in skip):
            continue
        parts += [name, path]
    return digest(*parts)


def is_fresh(stamp, value):
    """Tell whether this stamp file says that the work was done with these inputs.

    A stamp lies inside the folder it speaks of, so both go together.
    """
    return stamp.exists() and stamp.read_text() == value


def mark(stamp, value):
    """Remember in a stamp file that the work is done with these inputs."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)
