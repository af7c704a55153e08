"""A thinner grid of the paper's experiments gives what bench/paper/points.csv says, and docs/results.md shows that file."""
import os
import subprocess
import sys

paper = os.path.join(os.environ["MOEHUB_SOURCE"], "bench", "paper", "paper.py")
command = [sys.executable, paper, "--quick", "--moehub", os.environ["MOEHUB"], "--out", "paper"]
sys.exit(subprocess.run(command, check=False).returncode)
