"""The module is the documented example of how short a module is (docs/adding-a-module.md)."""

import re
import subprocess

from kusei.base.kernel.calendar import WARDS


def test_the_example_stays_under_three_hundred_lines():
    document = (WARDS.parent / "docs" / "adding-a-module.md").read_text("utf-8")
    (command,) = re.findall(r"^git ls-files .*\n.*$", document, re.MULTILINE)
    counted = subprocess.run(["bash", "-c", command], cwd=WARDS.parent, capture_output=True, text=True, check=True)
    assert 200 < int(counted.stdout) < 300
