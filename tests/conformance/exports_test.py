#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rule: libringsock.so exports every function that its headers declare, and nothing else (house.md, D11).

Shown by comparing the declarations with nm -D. Run: exports_test.py INCLUDE_DIRECTORY LIBRARY. Prints each
difference
and returns 1 if there is one."""

import pathlib
import re
import subprocess
import sys

HEADERS = ('ws2.h', 'mswsock.h', 'spi.h', 'win32.h')
# What a sanitized build adds by itself.
NOT_OURS = re.compile(r'^__(asan|ubsan|tsan|lsan|odr_asan)')


def declared(header: pathlib.Path) -> set[str]:
    """Symbols of a header: a second spelling of a function counts as the first."""
    text = re.sub(r'//[^\n]*', '', header.read_text())
    text = re.sub(r'__attribute__\s*\(\([^)]*\)\)', '', text)
    names = set()
    for match in re.finditer(r'\bRINGSOCK_API\b([^;]*);', text):
        alias = re.search(r'RINGSOCK_ALIAS\((\w+)\)', match[1])
        names.add(alias[1] if alias else re.search(r'(\w+)\s*\(', match[1])[1])
    return names


def exported(library: str) -> set[str]:
    lines = subprocess.run(['nm', '-D', '--defined-only', library], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    names = {line.split()[-1].split('@')[0] for line in lines if line.strip()}
    return {name for name in names if not NOT_OURS.match(name)}


def main(include: pathlib.Path, library: str) -> int:
    wanted = set().union(*(declared(include / name) for name in HEADERS))
    there = exported(library)
    for name in sorted(wanted - there):
        print(f'{name}: declared, but not exported')
    for name in sorted(there - wanted):
        print(f'{name}: exported, but no header declares it')
    if len(wanted) < 200:
        print(f'only {len(wanted)} declarations were found: this test no longer reads the headers')
        return 1
    if wanted == there:
        print(f'{len(wanted)} functions agree')
    return 0 if wanted == there else 1


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
