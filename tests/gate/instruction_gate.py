#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts instructions per operation with callgrind and holds them against the committed figures.

    instruction_gate.py [--update] [--figures FILE] PROGRAM OPERATION COUNT

PROGRAM OPERATION N does N operations on one thread, both hosts, under the simulated clock and fixed seeds. It
runs with COUNT and with twice COUNT; the difference over COUNT is the cost of one operation, start and end
cancelled out. A figure more than 2 % away, up or down, fails: a path that became cheaper is written down too
(--update), so that nothing can eat the gain unseen. Exit code 0 within the bound, 1 outside, 2 when it could
not be measured.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

BOUND = 0.02
HERE = os.path.dirname(os.path.abspath(__file__))
# The C library chooses its memcpy by the CPU; without these it is the same one everywhere.
SAME_LIBC = 'glibc.cpu.hwcaps=' + ','.join(f'-{name}' for name in (
    'AVX512F', 'AVX512VL', 'AVX512BW', 'AVX2', 'AVX', 'AVX_Fast_Unaligned_Load', 'ERMS', 'FSRM', 'RTM'))
TOTALS = re.compile(r'^(?:summary|totals): (\d+)', re.MULTILINE)


def instructions(program, operation, count):
    """Instructions of a whole run, or an explanation through SystemExit."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'callgrind.out')
        measured = [program, operation, str(count)]
        command = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', *measured]
        environment = {**os.environ, 'GLIBC_TUNABLES': SAME_LIBC}
        environment.pop('MALLOC_PERTURB_', None)               # Meson's; it makes every allocation dearer
        try:
            run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            fail('valgrind is not installed: apt-get install valgrind')
        if run.returncode != 0:
            fail(f'{" ".join(measured)} ended with exit code {run.returncode}:\n{run.stdout}{run.stderr}')
        with open(out, encoding='utf-8', errors='replace') as file:
            found = TOTALS.search(file.read())
        return int(found.group(1)) if found else fail(f'{out} holds no total')


def fail(words):
    print(f'error: {words}', file=sys.stderr)
    sys.exit(2)


def per_operation(total_once, total_twice, count):
    return (total_twice - total_once) / count


def verdict(operation, measured, committed, bound=BOUND):
    """(within the bound, one line that says so)."""
    if committed is None:
        return False, f'{operation}: {measured:.1f} instructions, no figure is committed (--update writes it)'
    change = measured / committed - 1
    within = abs(change) <= bound
    return within, (f'{operation}: {measured:.1f} instructions, committed {committed:.1f}, {change:+.2%} '
                    f'({"within" if within else "outside"} {bound:.0%})')


def read_figures(path):
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def main(arguments):
    parser = argparse.ArgumentParser(description='instructions per operation, against the committed figure')
    parser.add_argument('--update', action='store_true', help='write the figure instead of judging it')
    parser.add_argument('--figures', default=os.path.join(HERE, 'figures.json'))
    parser.add_argument('program')
    parser.add_argument('operation')
    parser.add_argument('count', type=int)
    options = parser.parse_args(arguments)

    once = instructions(options.program, options.operation, options.count)
    twice = instructions(options.program, options.operation, 2 * options.count)
    measured = per_operation(once, twice, options.count)
    figures = read_figures(options.figures)
    within, words = verdict(options.operation, measured, figures.get(options.operation))
    print(words)
    if options.update:
        figures[options.operation] = round(measured, 1)
        with open(options.figures, 'w', encoding='utf-8') as file:
            file.write(json.dumps(figures, indent=2, sort_keys=True) + '\n')
        print(f'written to {options.figures}')
        return 0
    if not within:
        print('If this is meant: run with --update, commit figures.json, say in the commit what it bought.')
    return 0 if within else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
