"""The child process of Python runs: `python3 -I -B -X utf8 bifrost_child.py [proxy]`. All it has is its descriptors."""

import os
import sys

# An isolated interpreter does not look beside the script; nothing else is put on its path.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

if __name__ == "__main__":
    from bifrost._runtime.main import main

    main(with_proxy="proxy" in sys.argv[1:])
