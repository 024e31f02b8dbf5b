#!/usr/bin/env python3
"""Writes C that holds text files, compiled in.

embed.py OUT FILE...          stock configuration
embed.py --maps OUT FILE...   stock maps
"""
import sys
from pathlib import Path

CONF = """/* Made by tools/embed.py of the files in rules/. */
#include "serve/inner.h"

const struct conf_text serve_stock[] = {
"""
CONF_END = "};\n\nconst size_t serve_stock_count = ARRAY_LEN(serve_stock);\n"

MAPS = """/* Made by tools/embed.py of the files in rules/maps/. */
#include "maps/inner.h"

const struct maps_stock maps_stock[] = {
"""
MAPS_END = "};\n\nconst size_t maps_stock_count = ARRAY_LEN(maps_stock);\n"


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
    args = sys.argv[1:]
    maps = args[0] == "--maps"
    out, paths = Path(args[maps]), [Path(p) for p in args[maps + 1:]]
    text = MAPS if maps else CONF
    for path in paths:
        if maps:
            text += f'\t{{.name = "{path.stem}", .text = SPAN_INIT(\n'
        else:
            text += f'\t{{.name = "stock/{path.name}", .layer = CONF_LAYER_DEFAULT, .text = SPAN_INIT(\n'
        for line in path.read_bytes().splitlines(keepends=True):
            # of a map nobody sees the comments and where a line stood
            if not maps or line.split(b"#")[0].strip():
                text += f"\t\t{literal(line)}\n"
        text += "\t)},\n" if not text.endswith("SPAN_INIT(\n") else '\t"")},\n'
    out.write_text(text + (MAPS_END if maps else CONF_END))


main()
