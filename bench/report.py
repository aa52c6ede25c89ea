#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draws what ringsock-bench measured: report.py FOLDER reads FOLDER/*.json and writes report.svg and
index.html beside them. Standard library only. A side that was not measured is named with its reason."""
import html
import json
import math
import os
import sys

from svg import Drawing, duration, grouped, log_ticks

WIDTH, MARGIN = 1040, 36
SIDES = (('ringsock', 'Ringsock'), ('io_uring', 'kernel io_uring'), ('epoll', 'kernel epoll'),
         ('kernel', 'kernel'))
NINES = ((0.0, '0'), (0.5, '50'), (0.9, '90'), (0.99, '99'), (0.999, '99.9'), (0.9999, '99.99'),
         (0.99999, '99.999'))

ROWS = (('p50', 'median'), ('p90', '90 %'), ('p99', '99 %'), ('p999', '99.9 %'), ('p9999', '99.99 %'))


def read(folder):
    """(connect runs by in_flight, pingpong run or None). A file holds one object, or an array of them."""
    connects, pingpong = [], None
    for name in sorted(os.listdir(folder)):
        if name.endswith('.json'):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                content = json.load(file)
            for run in content if isinstance(content, list) else [content]:
                if run.get('command') == 'connect':
                    connects.append(run)
                elif run.get('command') == 'pingpong':
                    pingpong = run
    return sorted(connects, key=lambda run: run['in_flight']), pingpong


def figures(run):
    """[(key, label, figures of that side)] of the sides that were measured."""
    kernel = run.get('kernel') or {}
    flat = {'ringsock': run.get('ringsock'), 'epoll': kernel.get('epoll'), 'io_uring': kernel.get('io_uring')}
    if 'round_trip_ns' in kernel:
        flat['kernel'] = kernel
    return [(key, label, flat[key]) for key, label in SIDES
            if flat.get(key) and (flat[key].get('connects_per_second') or flat[key].get('round_trip_ns'))]


def draw_rates(drawing, top, connects):
    """Bars of connects a second, one group a number in flight; a whisker spans lowest to highest repeat."""
    left, room = MARGIN + 130, WIDTH - 2 * MARGIN - 130 - 300
    most = max((side['connects_per_second'] for run in connects for _, _, side in figures(run)), default=1)
    drawing.text(MARGIN, top, 'Connections a second', 'h2')
    drawing.text(MARGIN, top + 20,
                 'Open, connect, close: counted when both ends are closed. Longer is better.',
                 'note')
    y = top + 44
    for run in connects:
        drawing.text(MARGIN, y + 6, f'{grouped(run["in_flight"])} in flight', 'h3')
        y += 18
        ringsock = run.get('ringsock') or {}
        if not ringsock.get('connects_per_second'):
            drawing.text(left - 12, y + 16, 'Ringsock', 'label', 'end')
            drawing.text(left, y + 16, f'not measured: {ringsock.get("reason", "no figures")}', 'note')
            y += 28
        for key, label, side in figures(run):
            rate = side['connects_per_second']
            width = max(2, room * rate / most)
            drawing.text(left - 12, y + 16, label, 'label', 'end')
            drawing.rect(left, y + 2, width, 20, f'fill-{key}')
            spread = (run.get('spread') or {}).get(key)
            if spread:
                low, high = (left + room * min(spread[end], most * 1.06) / most for end in ('min', 'max'))
                drawing.line(low, y + 12, high, y + 12, 'whisker')
                for x in (low, high):
                    drawing.line(x, y + 8, x, y + 16, 'whisker')
                width = max(width, high - left)
            words = grouped(rate)
            if key == 'ringsock' and run.get('ratio_to_best_kernel'):
                words += f' \u00b7 {run["ratio_to_best_kernel"]:.1f} × the best kernel'
            drawing.text(left + width + 10, y + 16, words, 'value')
            y += 28
        y += 16
    return y


def nines_position(fraction):
    """0 at the minimum, 1 at 99.999 %: each further nine takes the same room."""
    places = [part[0] for part in NINES]
    for index in range(len(places) - 1):
        low, high = places[index], places[index + 1]
        if fraction <= high:
            share = math.log((1 - fraction) / (1 - low)) / math.log((1 - high) / (1 - low))
            return (index + share) / (len(places) - 1)
    return 1.0


def draw_distribution(drawing, left, top, width, height, run):
    """Latency of one connect run over the share of connects that were quicker."""
    curves = run.get('latency_distribution') or {}
    present = [(key, label, [point for point in curves[key] if point[1] > 0])
               for key, label, _ in figures(run) if curves.get(key)]
    drawing.text(left, top, f'Time to connect, {grouped(run["in_flight"])} in flight', 'h2')
    drawing.text(left, top + 20, 'From the call to its outcome, by percentile. Lower is better.', 'note')
    values = [ns for _, _, points in present for _, ns in points]
    if not values:
        drawing.text(left, top + 60, 'no distribution was recorded', 'note')
        return
    frame = Frame(drawing, left + 58, top + 62, width - 70, height - 112, values)
    for fraction, name in NINES:
        frame.vertical(nines_position(fraction), name)
    drawing.text(frame.left + frame.width / 2, frame.bottom + 38, 'percentile', 'tick', 'middle')
    for key, label, points in reversed(present):
        drawing.path([(frame.left + frame.width * nines_position(fraction), frame.height_of(ns))
                      for fraction, ns in points], f'line-{key}')
    sides = figures(run)
    for key, _, side in reversed(sides):
        for fraction, name in ((0.5, 'p50'), (0.99, 'p99'), (0.999, 'p999')):
            ns = (side.get('latency_ns') or {}).get(name)
            if ns:
                x, y = frame.left + frame.width * nines_position(fraction), frame.height_of(ns)
                drawing.dot(x, y, 3.5, f'fill-{key}')
                if key == 'ringsock':
                    drawing.text(x, y + 18, duration(ns), f'small ink-{key}', 'middle')
    for index, (key, label, _) in enumerate(sides):
        x = left + 5 + 130 * index
        drawing.dot(x, top + 40, 5, f'fill-{key}')
        drawing.text(x + 12, top + 45, label, 'label')


class Frame:
    """A plot with a logarithmic axis of durations."""

    def __init__(self, drawing, left, top, width, height, values):
        self.drawing, self.left, self.top, self.width, self.height = drawing, left, top, width, height
        self.bottom = top + height
        self.ticks = log_ticks(min(values), max(values))
        for tick in self.ticks:
            y = self.height_of(tick)
            drawing.line(left, y, left + width, y, 'grid')
            drawing.text(left - 8, y + 4, duration(tick), 'tick', 'end')

    def height_of(self, ns):
        return self.bottom - self.height * log_ticks.position(ns, self.ticks)

    def vertical(self, share, name):
        x = self.left + self.width * share
        self.drawing.line(x, self.top, x, self.bottom, 'grid')
        self.drawing.text(x, self.bottom + 18, name, 'tick', 'middle')


def draw_pingpong(drawing, left, top, width, height, run):
    """Round trips: for each percentile a dot a side, joined by the distance between them."""
    size = run.get('size', 1)
    drawing.text(left, top, f'Round trip of {grouped(size)} byte{"s" * (size != 1)}', 'h2')
    drawing.text(left, top + 20, 'One request in flight, both ends spin. Further left is better.', 'note')
    sides = [(key, label, side['round_trip_ns']) for key, label, side in figures(run)]
    rows = [(key, name) for key, name in ROWS if any(trip.get(key) for _, _, trip in sides)]
    values = [trip[row] for _, _, trip in sides for row, _ in rows if trip.get(row)]
    if not values:
        drawing.text(left, top + 60, 'not measured', 'note')
        return
    ticks = log_ticks(min(values), max(values))
    start, room = left + 70, width - 90
    first, step = top + 70, (height - 110) / max(1, len(rows))
    for tick in ticks:
        x = start + room * log_ticks.position(tick, ticks)
        drawing.line(x, top + 44, x, top + height - 36, 'grid')
        drawing.text(x, top + height - 18, duration(tick), 'tick', 'middle')
    for index, (row, name) in enumerate(rows):
        y = first + index * step
        drawing.text(start - 12, y + 4, name, 'label', 'end')
        dots = [(start + room * log_ticks.position(trip[row], ticks), key, trip[row])
                for key, _, trip in sides if trip.get(row)]
        drawing.line(min(dots)[0], y, max(dots)[0], y, 'distance')
        for x, key, ns in dots:
            drawing.dot(x, y, 6, f'fill-{key}')
            drawing.text(x, y - 11, duration(ns), f'small ink-{key}', 'middle')
    for index, (key, label, _) in enumerate(sides):
        x = left + width - 250 + index * 110
        drawing.dot(x, top - 5, 6, f'fill-{key}')
        drawing.text(x + 12, top, label, 'label')


def origin(run):
    """Two lines: on what machine, how."""
    machine = run.get('machine') or {}
    names = ('cpu', 'kernel', 'virtualization', 'compiler', 'date_utc')
    first = ' · '.join(str(machine[name]) for name in names if machine.get(name))
    amount = f'{run["count"]} connects' if run.get('count') else f'{run.get("seconds", "?")} s'
    second = (f'{run.get("device")} between two hosts, {run.get("mode")} drive, {run.get("cores")} cores, '
              f'close by {str(run.get("close")).upper()}; medians of {run.get("repeat", "?")} interleaved '
              f'repeats of {amount}; whiskers: lowest and highest')
    return first, second


def draw(connects, pingpong):
    drawing = Drawing(WIDTH)
    drawing.text(MARGIN, 56, 'Ringsock', 'h1')
    drawing.text(MARGIN + 172, 56, 'against kernel sockets, same work, same machine, same minutes', 'lead')
    y = 104
    if connects:
        y = draw_rates(drawing, y, connects) + 24
        half = (WIDTH - 2 * MARGIN - 32) / 2
        for index, run in enumerate(connects[:2]):
            draw_distribution(drawing, MARGIN + index * (half + 32), y, half, 330, run)
        y += 370
    if pingpong:
        draw_pingpong(drawing, MARGIN, y, WIDTH - 2 * MARGIN, 290, pingpong)
        y += 316
    for line in origin((connects or [pingpong])[0]):
        drawing.text(MARGIN, y, line, 'foot')
        y += 18
    return drawing.finish(y + 12)


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Ringsock: figures</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem }}
svg {{ width: 100%; height: auto }}
table {{ border-collapse: collapse; margin: 1rem 0 2rem; font-variant-numeric: tabular-nums }}
th, td {{ padding: .3rem .9rem; text-align: right; border-bottom: 1px solid #8884 }}
th:first-child, td:first-child {{ text-align: left }}
</style>
{svg}
{tables}
<p>Every figure and the machine it comes from: {files}.</p>
</html>
"""


def table(run):
    """The same figures as numbers, for who reads rather than looks."""
    if run['command'] == 'connect':
        title = f'connect, {grouped(run["in_flight"])} in flight'
        key, head = 'latency_ns', ('connects a second', 'errors')
    else:
        title, key, head = 'pingpong', 'round_trip_ns', ('round trips a second', 'errors')
    rows = []
    for _, label, side in figures(run):
        rate = side.get('connects_per_second') or side.get('round_trips_per_second')
        times = side.get(key) or {}
        cells = [label, grouped(rate) if rate else '', str(side.get('errors', ''))]
        cells += [duration(times[part]) if times.get(part) else '' for part in ('p50', 'p99', 'p999')]
        rows.append('<tr>' + ''.join(f'<td>{html.escape(cell)}</td>' for cell in cells) + '</tr>')
    names = ''.join(f'<th>{name}</th>' for name in (title, *head, 'median', '99 %', '99.9 %'))
    return f'<table><tr>{names}</tr>{"".join(rows)}</table>'


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder = arguments[0]
    connects, pingpong = read(folder)
    runs = connects + ([pingpong] if pingpong else [])
    if not runs:
        sys.exit(f'error: no figures in {folder}; bench/run makes them')
    picture = draw(connects, pingpong)
    names = sorted(name for name in os.listdir(folder) if name.endswith('.json'))
    files = ', '.join(f'<a href="{name}">{name}</a>' for name in names)
    page = PAGE.format(svg=picture, tables='\n'.join(table(run) for run in runs), files=files)
    for name, text in (('report.svg', picture), ('index.html', page)):
        with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
            file.write(text)


if __name__ == '__main__':
    main(sys.argv[1:])
