"""What the lint scripts share: which files there are, C without its comments, and how to complain."""
import re
import subprocess
import sys
from pathlib import Path

_COMMENT_OR_TEXT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def files(pattern):
    """Every file of the repository (also not yet added ones) whose path matches from its start."""
    out = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"],
                         check=True, stdout=subprocess.PIPE).stdout.decode()
    # A file may be deleted and not yet committed so.
    return sorted({p for p in out.split("\0") if p and re.match(pattern, p) and Path(p).is_file()})


def read(path):
    return Path(path).read_text(encoding="utf-8", errors="replace")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """Comments become spaces, so lines and columns stay."""
    return _COMMENT_OR_TEXT.sub(lambda m: _blank(m[0]) if m[0][0] == "/" else m[0], text)


def code_only(text):
    """Comments, strings and characters become spaces."""
    return _COMMENT_OR_TEXT.sub(lambda m: _blank(m[0]), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Report:
    def __init__(self):
        self.count = 0

    def add(self, path, line, message):
        self.count += 1
        print(f"{path}:{line}: {message}")

    def exit(self):
        sys.exit(1 if self.count else 0)
