#!/usr/bin/env python3
"""Writes C that holds text files as stock configuration: embed.py OUT FILE..."""
import sys
from pathlib import Path

HEAD = """/* Made by tools/embed.py of the files in rules/. */
#include "serve/inner.h"

const struct conf_text serve_stock[] = {
"""


def literal(line):
    """One line as a C string literal, byte by byte."""
    out = ""
    for byte in line:
        if byte in b'"\\?':
            out += "\\" + chr(byte)
        elif 0x20 <= byte < 0x7f:
            out += chr(byte)
        else:
            out += f"\\{byte:03o}"
    return f'"{out}"'


def main():
    out, paths = Path(sys.argv[1]), [Path(p) for p in sys.argv[2:]]
    text = HEAD
    for path in paths:
        text += f'\t{{.name = "stock/{path.name}", .layer = CONF_LAYER_DEFAULT, .text = SPAN_INIT(\n'
        for line in path.read_bytes().splitlines(keepends=True):
            text += f"\t\t{literal(line)}\n"
        text += "\t)},\n"
    text += "};\n\nconst size_t serve_stock_count = ARRAY_LEN(serve_stock);\n"
    out.write_text(text)


main()
