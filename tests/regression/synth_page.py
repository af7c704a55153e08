"""docs/synthesis.md shows what synthesis of the small configuration gives now, and a figure that differs is seen."""
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["MOEHUB_SOURCE"])
CHECK = [sys.executable, SOURCE / "scripts" / "synth" / "synth.py", "--check"]
ENVIRONMENT = {**os.environ, "BUILD": os.environ["MOEHUB_BUILD"]}


def check(*arguments):
    return subprocess.run([*CHECK, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False)


def main():
    done = check()
    print(done.stdout + done.stderr)
    if done.returncode:
        return done.returncode
    # The same page with one gate more.
    page = (SOURCE / "docs" / "synthesis.md").read_text(encoding="utf-8")
    wrong = pathlib.Path("wrong.md").resolve()
    wrong.write_text(re.sub(r"^(dest_queue +[\d ]*)(\d)( )", lambda m: m[1] + str((int(m[2]) + 1) % 10) + m[3], page,
                            count=1, flags=re.M), encoding="utf-8")
    done = check("--page", wrong)
    if done.returncode != 1 or "+dest_queue" not in done.stdout:
        print(f"a page with another number was not refused:\n{done.stdout}{done.stderr}")
        return 1
    return 0


sys.exit(main())
