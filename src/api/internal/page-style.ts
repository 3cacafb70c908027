/** The looks of the OpenAPI page: system fonts, light and dark, nothing from elsewhere. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --back: #fbfaf7; --panel: #fff; --line: #e4e1d9; --text: #23211d; --soft: #6d685f; --accent: #0b6e6e; --mark: #e6f2f1;
  --get: #1d6fb8; --post: #2f7d32; --put: #a15c00; --patch: #7a5a00; --delete: #b3261e; --other: #6a4c93;
  --code: #f4f2ec; --bad: #b3261e; --good: #2f7d32;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Code', 'JetBrains Mono', Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #171614; --panel: #1f1e1b; --line: #37342e; --text: #ebe7de; --soft: #a49d90; --accent: #5cc4bf; --mark: #1d3634;
    --get: #76b5f0; --post: #7cc681; --put: #f0ac5b; --patch: #dcc065; --delete: #f2867f; --other: #c3a5ea;
    --code: #282622; --bad: #f2867f; --good: #7cc681;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.55 system-ui, sans-serif; display: grid;
  grid-template-columns: minmax(15rem, 21rem) minmax(0, 1fr); min-height: 100vh; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code, pre, textarea, .mono { font-family: var(--mono); font-size: .87em; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--panel); padding: .5rem 1rem; z-index: 1; }

nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); background: var(--panel);
  padding: 1.4rem 1rem 3rem; }
nav h1 { font-size: 1.15rem; margin: 0 .5rem; letter-spacing: -.01em; }
nav .version { color: var(--soft); font-size: .85rem; margin: 0 .5rem .9rem; }
nav h2 { font-size: .72rem; text-transform: uppercase; letter-spacing: .09em; color: var(--soft); margin: 1.3rem .5rem .3rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: .6rem; align-items: baseline; padding: .28rem .5rem; border-radius: 6px; color: var(--text);
  text-decoration: none; overflow-wrap: anywhere; }
nav li a:hover { background: var(--code); }
nav li a[aria-current] { background: var(--mark); }
nav .old { text-decoration: line-through; color: var(--soft); }
.verb { font: 600 .68rem/1 var(--mono); letter-spacing: .02em; min-width: 4em; color: var(--other); }
.verb.get { color: var(--get); } .verb.post { color: var(--post); } .verb.put { color: var(--put); }
.verb.patch { color: var(--patch); } .verb.delete { color: var(--delete); }

main { padding: 2.2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 62rem; width: 100%; }
main > header h2 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -.02em; margin: 0 0 .7rem; outline: 0; }
.place { display: flex; gap: .8rem; align-items: baseline; background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; padding: .6rem .9rem; overflow-x: auto; }
.place .verb { font-size: .85rem; min-width: 0; } .place code { font-size: .95rem; white-space: nowrap; }
.place b { color: var(--accent); font-weight: 600; }
.soft { color: var(--soft); } .small { font-size: .85rem; } .warn { color: var(--bad); }
section { margin-top: 2.2rem; }
section h3 { font-size: 1rem; margin: 0 0 .6rem; }
section h4 { font-size: .9rem; margin: 1.2rem 0 .4rem; display: flex; gap: .6rem; align-items: baseline; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .3rem .9rem; }
.row { padding: .5rem 0; border-top: 1px solid var(--line); } .row:first-child { border-top: 0; }
.row .row { margin-left: .3rem; padding-left: .9rem; border-left: 2px solid var(--line); border-top: 0; }
.name { font: 600 .87em var(--mono); } .type { color: var(--soft); font: .82em var(--mono); margin-left: .5rem; }
.must { color: var(--bad); font-size: .75rem; margin-left: .5rem; }
.row p { margin: .1rem 0 0; font-size: .9rem; }
summary { cursor: pointer; } summary::marker { color: var(--soft); }
.answer { margin: .55rem 0; } .answer .card { margin: .5rem 0 1rem; } div.answer { padding-left: 1.05rem; }
.status { font: 600 .87rem var(--mono); } .status.s2, .status.s3 { color: var(--good); } .status.s4, .status.s5 { color: var(--bad); }

form { display: grid; gap: .7rem; }
label { display: grid; grid-template-columns: 12rem 1fr; gap: .8rem; align-items: center; }
label.tall { grid-template-columns: 1fr; gap: .3rem; }
input, textarea { width: 100%; background: var(--back); color: inherit; border: 1px solid var(--line); border-radius: 6px;
  padding: .45rem .6rem; font: .87rem var(--mono); }
textarea { min-height: 9rem; resize: vertical; tab-size: 2; }
.act { display: flex; gap: .6rem; align-items: center; flex-wrap: wrap; }
button { font: 600 .9rem system-ui, sans-serif; border: 1px solid var(--accent); background: var(--accent); color: var(--panel);
  border-radius: 6px; padding: .45rem 1.1rem; cursor: pointer; }
button.plain { background: none; color: var(--accent); } button:disabled { opacity: .5; cursor: default; }
pre { background: var(--code); border-radius: 8px; padding: .8rem 1rem; overflow: auto; max-height: 32rem; margin: .5rem 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
kbd { font: .75rem var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 .3rem; }

@media (max-width: 52rem) {
  body { display: block; } nav { position: static; height: auto; max-height: 45vh; border: 0; border-bottom: 1px solid var(--line); }
  label { grid-template-columns: 1fr; gap: .2rem; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`
