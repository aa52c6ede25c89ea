#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts what `meson test` ran, case by case, and says why anything was skipped.

    results.py LOG...    each LOG is BUILD=meson-logs/x.json, or BUILD:failed=what for a step before the tests

A GoogleTest program counts once per case, a TAP script once per line, any other program once. A program that
fails although its cases passed (a leak at exit, a crash after the last one) counts as one failure more.
The last line printed is 'N passed, N failed, N skipped'; the exit code is 1 when something failed.
"""
import collections
import json
import os
import re
import sys

Case = collections.namedtuple('Case', 'build suite test name outcome detail')

GTEST_LINE = re.compile(r'\[\s*(RUN|OK|FAILED|SKIPPED)\s*\] ([\w/]+\.[\w/.]+)'
                        r'(?:, where .*)?(?: \(\d+ ms\))?$')
GTEST_SUMMARY = re.compile(r'^\[\s*(PASSED|FAILED|SKIPPED)\s*\] \d+ tests?')
GTEST_DISABLED = re.compile(r'YOU HAVE (\d+) DISABLED TEST')
MOST_LINES = 25
TAP_LINE = re.compile(r'^(not )?ok\b\s*\d*\s*-?\s*(.*)$')
TAP_SKIP = re.compile(r'#\s*SKIP\S*\s*(.*)$', re.IGNORECASE)


def gtest_cases(text):
    """Yields (name, outcome, detail). A case that began and never ended took the program with it: failed."""
    running, said = None, []
    for line in text.splitlines():
        if GTEST_SUMMARY.match(line):
            break                                      # the summary repeats names that were counted already
        match = GTEST_LINE.search(line)               # what the program prints may lack its end of line
        if not match:
            said.append(line.strip())
            continue
        word, name = match.groups()
        if word == 'RUN':
            if running:
                yield running, 'failed', 'no result was seen'
            running, said = name, []
        elif name == running:
            outcome = {'OK': 'passed', 'FAILED': 'failed', 'SKIPPED': 'skipped'}[word]
            yield name, outcome, skip_reason(said) if outcome == 'skipped' else ''
            running = None
    if running:
        yield running, 'failed', 'the program ended inside this case'
    disabled = GTEST_DISABLED.search(text)
    for number in range(int(disabled.group(1)) if disabled else 0):
        yield f'disabled case {number + 1}', 'skipped', 'disabled in the source'


def skip_reason(said):
    """GoogleTest prints 'file:line: Skipped' and then the text given to GTEST_SKIP()."""
    words = [line for line in said if line and not re.search(r':\d+: Skipped$', line)]
    return ' '.join(words) or 'no reason given'


def tap_cases(text):
    """Yields (name, outcome, detail): the '#' lines before a failed line say why it failed."""
    said = []
    for line in text.splitlines():
        match = TAP_LINE.match(line)
        if line.startswith('#'):
            said.append(line[1:].strip())
        if match:
            name, skip = match.group(2), TAP_SKIP.search(line)
            if skip and not match.group(1):
                yield name[:name.find('#')].strip(), 'skipped', skip.group(1) or 'no reason given'
            elif match.group(1):
                more = [f'... and {len(said) - MOST_LINES} more'] if len(said) > MOST_LINES else []
                yield name, 'failed', ''.join('\n    ' + words for words in said[:MOST_LINES] + more)
            else:
                yield name, 'passed', ''
            said = []


def cases_of(run):
    """All cases of one record of Meson's JSON log, whatever its protocol."""
    text = run.get('stdout', '')
    if re.search(r'^\[=+\] Running \d+ test', text, re.MULTILINE):
        cases = list(gtest_cases(text))
    elif re.search(r'^(TAP version|1\.\.\d+)', text, re.MULTILINE):
        cases = list(tap_cases(text))
    else:
        cases = []
    if run['result'] == 'SKIP' and not cases:
        said = [line.strip() for line in text.splitlines() if line.strip()]
        return [('', 'skipped', said[-1].split('# SKIP ')[-1] if said else 'no reason given')]
    good = run['result'] in ('OK', 'EXPECTEDFAIL', 'SKIP')
    if not good and not any(outcome == 'failed' for _, outcome, _ in cases):
        cases.append(('(the program)', 'failed', f"{run['result']}, exit code {run.get('returncode')}"))
    return cases or [('', 'passed' if good else 'failed', run['result'])]


def suites_of(log):
    """{test: 'suite+suite'} from what Meson wrote about the build directory that the log lies in."""
    about = os.path.join(os.path.dirname(log), '..', 'meson-info', 'intro-tests.json')
    with open(about, encoding='utf-8') as file:
        tests = json.load(file)
    return {test['name']: '+'.join(suite.split(':')[-1] for suite in test['suite']) for test in tests}


def read_log(build, path):
    suites = suites_of(path)
    with open(path, encoding='utf-8', errors='replace') as lines:
        for line in lines:
            if line.strip():
                run = json.loads(line)
                test = run['name'].rpartition(' / ')[2]        # Meson may write "project:suite / test"
                for name, outcome, detail in cases_of(run):
                    yield Case(build, suites.get(test, '-'), test, name, outcome, detail)


def report(cases):
    table = collections.OrderedDict()
    for case in cases:
        row = table.setdefault((case.build, case.suite), collections.Counter())
        row[case.outcome] += 1
    print(f'\n{"build":9} {"suite":22} {"passed":>7} {"failed":>7} {"skipped":>8}')
    for (build, suite), row in table.items():
        print(f'{build:9} {suite:22} {row["passed"]:7} {row["failed"]:7} {row["skipped"]:8}')
    for outcome in ('skipped', 'failed'):
        for case in cases:
            if case.outcome == outcome:
                name = ' '.join(part for part in (case.test, case.name) if part)
                why = f': {case.detail}' if case.detail else ''
                print(f'{outcome} {case.build}/{case.suite}: {name}{why}')
    total = collections.Counter(case.outcome for case in cases)
    print(f'\n{total["passed"]} passed, {total["failed"]} failed, {total["skipped"]} skipped')
    return total['failed'] == 0


def main(arguments):
    cases = []
    for argument in arguments:
        build, _, path = argument.partition('=')
        if build.endswith(':failed'):
            cases.append(Case(build[:-len(':failed')], '-', path, '', 'failed', 'see above'))
            continue
        try:
            found = list(read_log(build, path))
        except (OSError, ValueError) as error:
            found = [Case(build, '-', 'results', '', 'failed', f'no readable log: {error}')]
        cases += found
    if not cases:
        cases = [Case('-', '-', 'no test was selected', '', 'failed', '')]
    return 0 if report(cases) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
