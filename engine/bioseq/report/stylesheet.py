"""The look of a report: one style sheet by hand, light and dark as the system is, and fit for paper."""

STYLESHEET = """
:root {
  --ground: #f7f8fa; --card: #ffffff; --ink: #1b2430; --muted: #5b6776; --faint: #8a94a3; --line: #e1e5eb;
  --accent: #0b6e99; --good: #1a7f4b; --warning: #9a5b00; --bad: #b3261e;
  --good-tint: #e8f5ee; --warning-tint: #fdf3e2; --bad-tint: #fcebea; --info-tint: #e9f2f8; --mark: #fff1b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --card: #1a2029; --ink: #e6eaf0; --muted: #a2adbb; --faint: #7b8797; --line: #2c3541;
    --accent: #6cc1e8; --good: #63c995; --warning: #e9b35f; --bad: #ff8f86;
    --good-tint: #14291f; --warning-tint: #2d2413; --bad-tint: #331b1a; --info-tint: #15262f; --mark: #57480c;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body {
  margin: 0 auto; max-width: 74rem; padding: 2.5rem 1.5rem 4rem; background: var(--ground); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 0 0 0.8rem; font-size: 1.2rem; }
.subtitle { margin: 0.4rem 0 0; color: var(--muted); }
nav ol { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; margin: 1.3rem 0 0; padding: 0; list-style: none; }
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
section {
  margin-top: 1.4rem; padding: 1.3rem 1.5rem 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px;
}
section > :last-child { margin-bottom: 0; }
p { max-width: 62rem; margin: 0 0 0.9rem; }
ul { max-width: 62rem; margin: 0 0 0.9rem; padding-left: 1.2rem; }
.callout {
  max-width: none; padding: 0.65rem 0.9rem;
  border-left: 4px solid var(--accent); border-radius: 4px; background: var(--info-tint);
}
.callout.good { border-color: var(--good); background: var(--good-tint); }
.callout.warning { border-color: var(--warning); background: var(--warning-tint); }
.callout.bad { border-color: var(--bad); background: var(--bad-tint); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.7rem; margin: 0 0 1rem; }
.tile { display: flex; flex-direction: column; padding: 0.7rem 0.9rem; border: 1px solid var(--line);
  border-radius: 8px; background: var(--ground); }
.tile dt { color: var(--muted); font-size: 0.8rem; }
.tile dd { margin: 0; font-size: 1.55rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile dd.remark { color: var(--muted); font-size: 0.78rem; font-weight: 400; }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; min-width: 50%; font-size: 0.88rem; }
caption { padding: 0 0 0.4rem; color: var(--muted); text-align: left; }
th, td { padding: 0.34rem 0.75rem 0.34rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { font-weight: 600; }
thead th { color: var(--muted); font-size: 0.8rem; white-space: nowrap; overflow-wrap: normal; }
td.number, th.number { padding-left: 0.75rem; padding-right: 0.4rem; text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.strong td, tr.strong th { font-weight: 700; }
table.facts th { width: 16rem; color: var(--muted); font-weight: 500; }
table.facts tr.strong th { color: var(--ink); font-weight: 700; }
table.facts tr.strong th::after { content: " \\2022"; color: var(--accent); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(21rem, 1fr)); gap: 1rem 1.6rem;
  align-items: start; margin: 0 0 1rem; }
figure { margin: 0; max-width: 27rem; }
figure.wide { grid-column: 1 / -1; max-width: 54rem; }
figure svg { display: block; width: 100%; height: auto; }
figure svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption { margin-top: 0.4rem; color: var(--muted); font-size: 0.85rem; }
figcaption strong { color: var(--ink); }
details { margin: 0 0 0.8rem; }
summary { cursor: pointer; color: var(--accent); font-weight: 500; }
details[open] > summary { margin-bottom: 0.6rem; }
pre { overflow-x: auto; margin: 0; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--ground); font: 12.5px/1.5 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; }
mark { padding: 0 0.25em; border-radius: 3px; background: var(--mark); color: inherit; }
footer { margin-top: 1.5rem; color: var(--muted); font-size: 0.82rem; }
@media print {
  :root {
    --ground: #ffffff; --card: #ffffff; --ink: #000000; --muted: #444444; --faint: #777777; --line: #cccccc;
    --accent: #000000; --good: #1a7f4b; --warning: #9a5b00; --bad: #b3261e; --good-tint: #ffffff;
    --warning-tint: #ffffff; --bad-tint: #ffffff; --info-tint: #ffffff; --mark: #ffffff;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  section { padding: 0; border: 0; }
  figure, tr, .tile, .callout { break-inside: avoid; }
  h2 { break-after: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
  mark { border: 1px solid #000000; }
}
"""
