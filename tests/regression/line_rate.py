"""The RTL hub keeps its line rate and latencies in the default configuration, and docs/performance.md shows the
figures that the bench prints now. Cycle counts do not depend on the machine."""
import os
import subprocess
import sys

report = os.path.join(os.environ["MOEHUB_SOURCE"], "bench", "hub", "report.py")
sys.exit(subprocess.run([sys.executable, report, "--build", os.environ["MOEHUB_BUILD"], "--out", os.getcwd(), "--check",
                         "default"], check=False).returncode)
