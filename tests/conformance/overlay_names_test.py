#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rule: the overlay knows every WS_* constant of the native layer under its plain name, and nothing else.

Shown by comparing the two lists of definitions. Run: overlay_names_test.py API_DIRECTORY. Prints each
difference and returns 1 if there is one."""

import pathlib
import re
import sys

# Spelled differently in the overlay on purpose, with the file that does it.
ELSEWHERE = {
    "WS_IO": "_IO in winsock2.h",
    "WS_IOR": "_IOR in winsock2.h",
    "WS_IOW": "_IOW in winsock2.h",
    "WS_SD_RECEIVE": "unprefixed in constants.h",
    "WS_SD_SEND": "unprefixed in constants.h",
    "WS_SD_BOTH": "unprefixed in constants.h",
    "WS_MCAST_INCLUDE": "enumerator in ws2tcpip.h",
    "WS_MCAST_EXCLUDE": "enumerator in ws2tcpip.h",
}


def main(api: pathlib.Path) -> int:
    native = set()
    for name in ("constants.h", "error_codes.h"):
        text = (api / "include" / "ringsock" / name).read_text()
        native |= set(re.findall(r"^#define (WS_\w+)", text, re.MULTILINE))
    names = (api / "compat" / "ringsock_names.h").read_text()
    aliases = re.findall(r"^#define (\w+)(?:\([^)]*\))?\s+(WS_\w+)", names, re.MULTILINE)
    faults = [f"{plain} stands for {prefixed}" for plain, prefixed in aliases if "WS_" + plain != prefixed]
    known = {prefixed for _, prefixed in aliases}
    faults += [f"{name} has no plain alias" for name in sorted(native - known - set(ELSEWHERE))]
    faults += [f"{name} is aliased but not defined" for name in sorted(known - native)]
    faults += [f"{name} is aliased, yet {ELSEWHERE[name]}" for name in sorted(known & set(ELSEWHERE))]
    print("\n".join(faults) or f"{len(known)} names agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
