"""Put the whole-file examples into README.md, so that what is printed there is what runs.  Usage: python examples/readme.py [--check]"""
from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
README = HERE.parent / "README.md"


def updated(text: str) -> str:
    """The README with the current text of every whole-file example."""
    for name in ("my_rule", "add_device"):
        before, _, rest = text.partition(f"<!-- {name} -->")
        _, _, after = rest.partition(f"<!-- end of {name} -->")
        code = (HERE / f"{name}.py").read_text().rstrip()
        text = f"{before}<!-- {name} -->\n```python\n{code}\n```\n<!-- end of {name} -->{after}"
    return text


if __name__ == "__main__":
    text = README.read_text()
    if "--check" in sys.argv:
        sys.exit(0 if updated(text) == text else "README.md does not show the examples as they are; run python examples/readme.py")
    README.write_text(updated(text))
