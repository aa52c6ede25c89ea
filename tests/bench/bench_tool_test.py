#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""ringsock-bench counts what it says it counts: bench_tool_test.py RINGSOCK-BENCH REPORT.PY. Prints TAP.

Short runs, judged by their JSON: every key that README.md promises is there, nothing failed, and the frames
that crossed the ring pair are enough for what was counted (a connect takes at least 6 with FIN close, 4 with
RST)."""
import json
import os
import subprocess
import sys
import tempfile

RUN_KEYS = ('command', 'mode', 'device', 'close', 'in_flight', 'cores', 'ringsock', 'kernel', 'spread',
            'machine')
CONNECT_KEYS = ('connects_per_second', 'cycles_per_connect', 'frames_per_connect', 'errors', 'latency_ns')
QUANTILES = ('p50', 'p99', 'p999')
LEAST_FRAMES = {'fin': 6, 'rst': 4}
TWO_CORES = len(os.sched_getaffinity(0)) >= 2


class Tap:
    def __init__(self):
        self.number, self.failed = 0, False

    def say(self, problem, claim):
        self.number += 1
        for line in (problem or '').splitlines()[-15:]:
            print(f'# {line}')
        print(f'{"not ok" if problem else "ok"} {self.number} - {claim}', flush=True)
        self.failed |= bool(problem)

    def skip(self, claim, reason):
        self.number += 1
        print(f'ok {self.number} - {claim} # SKIP {reason}', flush=True)


def run(folder, bench, *arguments):
    """(the runs that the JSON file holds, None) or ([], what went wrong)."""
    path = os.path.join(folder, f'{len(os.listdir(folder))}.json')
    command = [bench, *arguments, '--json', path]
    if not TWO_CORES and '--cores' not in arguments:
        command += ['--cores', '1']
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
                              check=False)
    except subprocess.TimeoutExpired:
        return [], f'{" ".join(command)}: no end within 240 s'
    if done.returncode != 0:
        return [], f'{" ".join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}'
    with open(path, encoding='utf-8') as file:
        content = json.load(file)
    return content if isinstance(content, list) else [content], None


def missing(what, keys):
    return [key for key in keys if key not in what or what[key] is None]


def judge_connect(one, count):
    lacking = missing(one, RUN_KEYS)
    lacking += [f'ringsock.{key}' for key in missing(one.get('ringsock') or {}, CONNECT_KEYS)]
    if lacking:
        return f'missing: {lacking}'
    side = one['ringsock']
    least = LEAST_FRAMES[one['close']]
    if side['errors'] != 0:
        return f'{side["errors"]} errors, the first: {side.get("first_error")}'
    if side['frames_per_connect'] < least:
        return f'{side["frames_per_connect"]} frames a connect, fewer than {least}: what was counted?'
    if not 0 < side['latency_ns']['p50'] <= side['latency_ns']['p99'] <= side['latency_ns']['p999']:
        return f'percentiles out of order: {side["latency_ns"]}'
    if count and side.get('connects') != count:
        return f'{side.get("connects")} connects counted instead of {count}'
    return None


def check_connects(tap, folder, bench):
    count = 20000
    for mode in ('inline', 'dedicated'):
        claim = f'{count} connects, {mode}, at 64 and 1024 in flight, FIN and RST, without an error'
        if mode == 'dedicated' and not TWO_CORES:
            tap.skip(claim, 'one processor only: the engine has no core of its own')
            continue
        runs, problem = run(folder, bench, 'connect', '--mode', mode, '--in-flight', '64,1024', '--close',
                            'fin,rst', '--count', str(count), '--repeat', '1', '--baseline', 'none')
        if not problem and len(runs) != 4:
            problem = f'{len(runs)} runs in the file instead of 4'
        tap.say(problem or next(filter(None, (judge_connect(one, count) for one in runs)), None), claim)
    runs, problem = run(folder, bench, 'connect', '--cores', '1', '--count', '5000', '--repeat', '1',
                        '--baseline', 'none')
    tap.say(problem or judge_connect(runs[0], 5000), 'both ends on one core')


def check_baselines(tap, folder, bench):
    runs, problem = run(folder, bench, 'connect', '--seconds', '0.3', '--repeat', '3')
    if not problem:
        kernel = runs[0]['kernel']
        problem = judge_connect(runs[0], 0)
        rates = [kernel[name].get('connects_per_second') for name in ('epoll', 'io_uring')]
        measured = [rate for rate in rates if rate]
        if not problem and not measured:
            problem = f'no kernel figure: {kernel}'
        if not problem:
            ratio = runs[0]['ringsock']['connects_per_second'] / max(measured)
            if abs(ratio / runs[0]['ratio_to_best_kernel'] - 1) > 0.01:
                problem = f'ratio {runs[0]["ratio_to_best_kernel"]}, but the rates give {ratio}'
    tap.say(problem, 'kernel baseline beside it, and the ratio is that of the medians')
    runs, problem = run(folder, bench, 'pingpong', '--seconds', '0.3', '--repeat', '1')
    if not problem:
        trips = [(runs[0].get(side) or {}).get('round_trip_ns') or {} for side in ('ringsock', 'kernel')]
        if any(missing(trip, QUANTILES) for trip in trips):
            problem = f'missing percentiles: {trips}'
    tap.say(problem, 'pingpong measures both sides')


def check_report(tap, folder, report):
    done = subprocess.run([sys.executable, report, folder], capture_output=True, text=True, check=False)
    problem = done.stdout + done.stderr
    if done.returncode == 0:
        with open(os.path.join(folder, 'report.svg'), encoding='utf-8') as file:
            picture = file.read()
        problem = None if '</svg>' in picture and 'Ringsock' in picture else 'report.svg is not whole'
    tap.say(problem, 'report.py draws what was measured')


def main(bench, report):
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        check_connects(tap, folder, bench)
        check_baselines(tap, folder, bench)
        check_report(tap, folder, report)
    for wrong in (['connect', '--in-flight', '0'], ['connect', '--mode', 'sideways'], ['fly']):
        done = subprocess.run([bench, *wrong], capture_output=True, text=True, check=False)
        tap.say(None if done.returncode == 2 and done.stderr.strip() else
                f'exit code {done.returncode}: {done.stderr}', f'wrong usage is refused: {" ".join(wrong)}')
    print(f'1..{tap.number}')
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
