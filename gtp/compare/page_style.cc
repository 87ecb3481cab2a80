#include "gtp/compare/page_style.h"

namespace hayago::gtp {

const std::string_view kPageStyle = R"(
:root { color-scheme: light dark; --back: #f6f4ef; --card: #fffdf9; --text: #23262b;
  --dim: #6b7078; --line: #dcd8cf; --bar: #3f6fb5; --tie: #a9c1e4; --a: #1d5fc4; --b: #c2570c;
  --good: #1d7f4e; --bad: #c0312b; --wood: #e7c583; --ink: #4a3b20; }
@media (prefers-color-scheme: dark) {
  :root { --back: #15171b; --card: #1d2026; --text: #e4e6ea; --dim: #979da8; --line: #343943;
    --bar: #6f9fe6; --tie: #3d5784; --good: #58c48c; --bad: #f07f76; --wood: #c9a563; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.2rem 3rem; max-width: 78rem; background: var(--back);
  color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 0.4rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 0.7rem; }
h3 { font-size: 0.95rem; margin: 0 0 0.4rem; }
p { margin: 0.3rem 0; max-width: 62rem; }
.lead { font-size: 1.08rem; }
.dim, .dim text { color: var(--dim); }
.warning { color: var(--bad); font-weight: 600; }
.name-a { color: var(--a); font-weight: 600; }
.name-b { color: var(--b); font-weight: 600; }
@media (prefers-color-scheme: dark) { .name-a { color: #7fb0ff; } .name-b { color: #ffa45e; } }
.tiles { display: grid; gap: 0.8rem; margin: 1.2rem 0 0;
  grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 0.7rem 0.9rem; }
.tile b { display: block; font-size: 1.55rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
.card { margin: 0; padding: 0.9rem 1rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.28rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); font-size: 0.86rem; }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
.group td { padding-top: 0.8rem; font-weight: 600; }
.met, .missed { display: inline-block; min-width: 4.6em; padding: 0 0.6em; border-radius: 1em;
  text-align: center; font-size: 0.86rem; font-weight: 600; border: 1px solid currentColor; }
.met { color: var(--good); }
.missed { color: var(--bad); }
.track { display: inline-block; width: 9rem; height: 0.6em; background: var(--line);
  border-radius: 3px; vertical-align: middle; overflow: hidden; }
.track i { display: block; height: 100%; background: var(--bar); }
svg { display: block; width: 100%; height: auto; max-width: 30rem; }
svg text { fill: var(--text); font-size: 11px; }
svg text.mid { text-anchor: middle; }
svg text.end { text-anchor: end; }
svg text.small { font-size: 10px; }
svg text.dim { fill: var(--dim); }
.bars { fill: var(--bar); }
.ties { fill: var(--tie); }
.axis { stroke: var(--dim); fill: none; }
.grid { stroke: var(--line); fill: none; }
.mean { stroke: var(--text); stroke-dasharray: 4 3; fill: none; }
.rare { stroke: var(--b); stroke-dasharray: 2 3; fill: none; }
.goal { stroke: var(--good); stroke-width: 2; fill: none; }
.boards { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); }
figcaption { margin-top: 0.6rem; font-size: 0.88rem; }
figcaption td, figcaption th { padding: 0.15rem 0.4rem; }
.wood { fill: var(--wood); }
.lines { stroke: var(--ink); stroke-width: 0.9; fill: none; }
.star, .black, .rim, .white { stroke-linecap: round; fill: none; }
.star { stroke: var(--ink); stroke-width: 5; }
.black { stroke: #17181a; stroke-width: 22; }
.rim { stroke: #6d6552; stroke-width: 22; }
.white { stroke: #fbfaf6; stroke-width: 20.4; }
.last { fill: none; stroke: #17181a; stroke-width: 2; }
.last.light { stroke: #fbfaf6; }
.paper { fill: #d6edb4; stroke: #8a7a55; stroke-width: 0.6; }
.frame { fill: none; stroke-width: 2.6; }
.framea { stroke: #1d5fc4; }
.frameb { stroke: #c2570c; }
svg .where text { text-anchor: middle; font-size: 10px; fill: var(--ink); }
svg text.sharea, svg text.shareb { text-anchor: middle; font-size: 9.5px; font-weight: 600; }
svg text.sharea { fill: #1d5fc4; }
svg text.shareb { fill: #b04a06; }
footer { margin-top: 2.5rem; color: var(--dim); font-size: 0.86rem; }
@media print { body { background: #fff; color: #000; } .card, .tile { break-inside: avoid; } }
)";

}  // namespace hayago::gtp
