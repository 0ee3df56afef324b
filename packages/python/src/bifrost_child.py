"""The child process of Python runs: `python3 -I -B -X utf8 bifrost_child.py [proxy] [--site <folder>]`.

All it has is its descriptors, and the packages of the folder.
"""

import os
import sys

# An isolated interpreter does not look beside the script; nothing else is put on its path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def _add_packages(folder: str) -> None:
    """Before what the machine has installed, and behind the standard library. Its .pth files, which are code, do not run."""
    installed = [at for at, path in enumerate(sys.path) if path.endswith(("site-packages", "dist-packages"))]
    sys.path.insert(min(installed, default=len(sys.path)), folder)


if __name__ == "__main__":
    if "--site" in sys.argv[1:]:
        _add_packages(sys.argv[sys.argv.index("--site") + 1])
    from bifrost._runtime.main import main

    main(with_proxy="proxy" in sys.argv[1:])
