# SPDX-License-Identifier: BSD-3-Clause
"""As much SVG as report.py needs: shapes that name a class, a style sheet for light and dark, log axes."""
import html
import math

STYLE = """
svg { font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }
.paper { fill: #ffffff } .h1, .h2, .h3, .label, .value { fill: #17202a }
.h1 { font-size: 30px; font-weight: 700 } .lead { font-size: 17px; fill: #5b6770 }
.h2 { font-size: 17px; font-weight: 650 } .h3 { font-size: 14px; font-weight: 600 }
.note { font-size: 13px; fill: #5b6770 } .label { font-size: 13px } .small { font-size: 11px }
.value { font-size: 14px; font-weight: 600 } .tick, .foot { font-size: 12px; fill: #5b6770 }
.grid { stroke: #e3e8ec; stroke-width: 1 } .whisker { stroke: #17202a; stroke-width: 1.4; opacity: .65 }
.distance { stroke: #c3ccd3; stroke-width: 2 }
.fill-ringsock { fill: #0b7fab } .fill-io_uring { fill: #d9822b } .fill-epoll, .fill-kernel { fill: #8d99a5 }
.ink-ringsock { fill: #0b7fab } .ink-io_uring { fill: #b96a18 } .ink-epoll, .ink-kernel { fill: #66727e }
.line-ringsock, .line-io_uring, .line-epoll { fill: none; stroke-width: 2.4; stroke-linejoin: round }
.line-ringsock { stroke: #0b7fab } .line-io_uring { stroke: #d9822b } .line-epoll { stroke: #8d99a5 }
@media (prefers-color-scheme: dark) {
  .paper { fill: #12181e } .h1, .h2, .h3, .label, .value { fill: #e8edf1 }
  .lead, .note, .tick, .foot { fill: #9aa7b2 } .grid { stroke: #2a343d } .whisker { stroke: #e8edf1 }
  .distance { stroke: #45525d }
  .fill-ringsock, .ink-ringsock { fill: #3fb4e0 } .line-ringsock { stroke: #3fb4e0 }
  .ink-io_uring { fill: #e99a4b } .ink-epoll, .ink-kernel { fill: #a5b1bb }
}
"""


class Drawing:
    def __init__(self, width):
        self.width, self.parts = width, []

    def text(self, x, y, words, kind, anchor='start'):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
                          f'{html.escape(str(words))}</text>')

    def rect(self, x, y, width, height, kind):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" '
                          f'class="{kind}"/>')

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def dot(self, x, y, radius, kind):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="{kind}"/>')

    def path(self, points, kind):
        steps = ' '.join(f'{"L" if index else "M"}{x:.1f} {y:.1f}' for index, (x, y) in enumerate(points))
        self.parts.append(f'<path d="{steps}" class="{kind}"/>')

    def finish(self, height):
        body = '\n'.join(self.parts)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height:.0f}" '
                f'width="{self.width}" height="{height:.0f}" role="img">\n<style>{STYLE}</style>\n'
                f'<rect class="paper" width="100%" height="100%"/>\n{body}\n</svg>\n')


def grouped(number):
    """1 234 567, with thin spaces."""
    return f'{number:,.0f}'.replace(',', '\u2009')


def duration(ns):
    for unit, size in (('s', 1e9), ('ms', 1e6), ('µs', 1e3)):
        if ns >= size:
            return f'{ns / size:.3g} {unit}'
    return f'{ns:.3g} ns'


def log_ticks(low, high):
    """1, 2 and 5 of each decade from at most `low` to at least `high`; only the 1s when that would crowd."""
    first, last = math.floor(math.log10(max(low, 1e-9))), math.ceil(math.log10(max(high, 1e-9)))
    steps = (1, 2, 5) if last - first <= 2 else (1, 3) if last - first == 3 else (1,)
    ticks = [step * 10.0 ** decade for decade in range(first, last + 1) for step in steps]
    below = max((tick for tick in ticks if tick <= low), default=ticks[0])
    above = min((tick for tick in ticks if tick >= high), default=ticks[-1])
    kept = [tick for tick in ticks if below <= tick <= above]
    return kept if len(kept) > 1 else [below, below * 10]


def position(value, ticks):
    """0 at the first tick, 1 at the last."""
    low, high = math.log10(ticks[0]), math.log10(ticks[-1])
    return min(1.0, max(0.0, (math.log10(value) - low) / (high - low)))


log_ticks.position = position
