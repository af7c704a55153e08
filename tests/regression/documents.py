"""What the pages say is so: links lead somewhere, targets and options exist, and README shows what `make sim` prints."""
import glob
import os
import re
import subprocess
import sys

program, source = os.environ["MOEHUB"], os.environ["MOEHUB_SOURCE"]
wrong = []


def output(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"moehub {' '.join(arguments)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


# ---- links, targets, options ----
pages = sorted(glob.glob(f"{source}/*.md") + glob.glob(f"{source}/docs/**/*.md", recursive=True))
targets = set(re.findall(r"^([a-z][a-z-]*):", read(f"{source}/Makefile"), re.MULTILINE))
options = {}
links = 0
for page in pages:
    text, name = read(page), os.path.relpath(page, source)
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        links += 1
        if "://" not in link and not os.path.exists(os.path.join(os.path.dirname(page), link)):
            wrong.append(f"{name}: link to {link}, which is not there")
    quoted = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    for target in {t for code in quoted for t in re.findall(r"(?:^`|^|&& )make ([a-z][a-z-]*)\b", code, re.MULTILINE)} - targets:
        wrong.append(f"{name}: `make {target}`, which the Makefile does not have")
    for command, rest in (c for code in quoted for c in re.findall(r"\bmoehub (run|report|trace \w+)\b([^`\n]*)", code)):
        if command not in options:
            options[command] = set(re.findall(r"--[a-z-]+", output(*command.split(), "--help")))
        for option in set(re.findall(r"(?<![\w-])--[a-z-]+", rest)) - options[command]:
            wrong.append(f"{name}: `moehub {command} {option}`, which the program does not have")
if links < 10 or "run" not in options:
    wrong.append(f"too little was looked at: {links} links in {len(pages)} pages")

# ---- README's table ----
shown = re.search(r"<!-- make sim: begin -->\n```\n(.*?)\n```\n<!-- make sim: end -->", read(f"{source}/README.md"), re.DOTALL)
if not shown:
    sys.exit("README.md: no table between the marks of `make sim`")
# What the host needed differs from run to run; where the report lies is said to the user alone.
shown, printed = ([line for line in text.splitlines() if not line.startswith(("host ", "report "))]
                  for text in (shown[1], output("run", "--out", "default")))
if shown != printed:
    wrong.append("README.md shows\n" + "\n".join(shown) + "\nand `make sim` prints\n" + "\n".join(printed))

print("\n".join(wrong) if wrong else f"ok: {links} links in {len(pages)} pages, and README's table")
sys.exit(bool(wrong))
