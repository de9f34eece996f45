"""The bench against peers works: a very short run of it, whose numbers mean nothing."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent.parent / "benches" / "peer.py"


def test_the_bench_runs():
    done = subprocess.run([sys.executable, str(BENCH), "--smoke"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if "/s  p50" in line]
    assert len(rows) == 9, done.stdout
