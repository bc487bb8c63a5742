"""The looks of a page: light and dark, wide and phone, nothing fetched."""

CSS = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1d2329;--soft:#59636e;--line:#d5dae0;
--tint:#f3f5f8;--blue:#0072b2;--pale:#9cc7e3;--red:#b34700;--green:#00795a;--hole:#e3e7ec}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6eaef;--soft:#a3adb8;
--line:#39424c;--tint:#1d232a;--blue:#5db3e6;--pale:#2f5f80;--red:#ff9e57;--green:#4fcfa6;
--hole:#2c343d}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:60rem;background:var(--paper);
color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:.2em 0}
h2{font-size:1.25rem;margin:2.4em 0 .3em;padding-top:.6em;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.4em 0 .3em}
p{margin:.5em 0;max-width:46rem}
a{color:var(--blue)}
.sub,.note{color:var(--soft)}
.note{font-size:.9rem}
.verdict{font-size:1.15rem;font-weight:600;margin:.8em 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.6rem;
list-style:none;margin:1.2rem 0 0;padding:0}
.cards+.cards{margin-top:.6rem}
.cards a{display:block;height:100%;padding:.7rem .8rem;border:1px solid var(--line);
border-left:4px solid var(--blue);border-radius:6px;background:var(--tint);color:var(--ink);
text-decoration:none}
.cards a.good{border-left-color:var(--green)}
.cards a.look{border-left-color:var(--red)}
.cards a:hover{border-color:var(--blue)}
.cards b{display:block;font-size:1.35rem;line-height:1.2}
.cards span{color:var(--soft);font-size:.88rem}
ul.bars{list-style:none;margin:1em 0;padding:0}
ul.bars,.bars li{display:grid;grid-template-columns:minmax(6rem,13rem) 1fr 9rem;column-gap:.7rem}
.bars li{grid-column:1/-1;align-items:center;margin:.28em 0;font-size:.93rem}
@supports (grid-template-columns:subgrid){
ul.bars{grid-template-columns:fit-content(13rem) 1fr auto}.bars li{grid-template-columns:subgrid}}
.bars .name{text-align:right}
.bars .told{color:var(--soft);font-variant-numeric:tabular-nums}
.bar{display:flex;height:1.05rem;border-radius:2px;overflow:hidden;background:var(--tint)}
.bar i{display:block;min-width:1px}
.bar i.solid{background:var(--blue)}
.bar i.maybe{background:repeating-linear-gradient(-45deg,var(--blue) 0 2px,var(--pale) 2px 6px)}
.bar i.pale{background:var(--pale)}
svg{display:block;width:100%;height:1.05rem;border-radius:2px}
.kf{fill:var(--blue)}.kh{fill:var(--pale)}.k-{fill:var(--hole)}.ks{fill:var(--red)}
.key{display:inline-block;width:.9em;height:.9em;border-radius:2px;vertical-align:-.1em;
margin:0 .3em 0 .9em}
.whole{white-space:nowrap}.whole:first-child .key{margin-left:0}
.key.solid{background:var(--blue)}.key.pale{background:var(--pale)}.key.hole{background:var(--hole)}
.key.red{background:var(--red)}
.key.maybe{background:repeating-linear-gradient(-45deg,var(--blue) 0 2px,var(--pale) 2px 6px)}
.scroll{overflow-x:auto;margin:.8em 0}
table{border-collapse:collapse;font-size:.9rem;min-width:60%}
th,td{text-align:left;vertical-align:top;padding:.3em .8em .3em 0;
border-bottom:1px solid var(--line);min-width:3.5rem;max-width:26rem;overflow-wrap:break-word}
th{font-weight:600;color:var(--soft)}
th.n,td.n{text-align:right;padding-right:1.3em;white-space:nowrap;font-variant-numeric:tabular-nums}
.scroll:not(:has(.pairs)) th.n{white-space:normal}
table.pairs{min-width:0}
table.pairs td,table.pairs th{min-width:2.6rem;padding:.25em .4em;text-align:center}
table.pairs tbody th{text-align:right;white-space:nowrap;max-width:none}
table.pairs thead th{vertical-align:bottom}
table.pairs thead bdi{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);
max-height:11rem;overflow:hidden}
table.pairs td{background:color-mix(in srgb,var(--pale) var(--s,0%),var(--paper))}
details{margin:.4em 0}
summary{cursor:pointer}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem;color:var(--soft);
font-size:.88rem}
code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.92em}
@media (max-width:36rem){body{padding:1rem .8rem 2rem}
.cards li:last-child:nth-child(odd){grid-column:1/-1}
ul.bars{display:block}.bars li{grid-template-columns:1fr auto;gap:.1rem .6rem;margin:.6em 0}
.bars .name{text-align:left}.bars .bar,.bars svg{grid-column:1/-1;grid-row:2}}
:lang(ja) body{font-family:"Hiragino Sans","Hiragino Kaku Gothic ProN","Noto Sans JP",
"Noto Sans CJK JP","BIZ UDPGothic","Yu Gothic Medium","Yu Gothic",Meiryo,sans-serif;
line-break:strict;line-height:1.7;text-autospace:normal}
:lang(ja) :is(h1,h2,h3,th,.cards span){word-break:auto-phrase}
:lang(ja) h1{line-height:1.35}
@media print{.cards a{break-inside:avoid}}
"""
