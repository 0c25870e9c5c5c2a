import { createHash } from 'node:crypto';

/** The one style sheet of the page: no scripts, no fonts, nothing from elsewhere. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:light-dark(#fbfbf9,#15181b);--card:light-dark(#fff,#1c2024);--ink:light-dark(#1d2327,#e4e7e9);--soft:light-dark(#667077,#98a2a9);--line:light-dark(#e0e3e2,#2d3338);--shade:light-dark(#0000001a,#ffffff1f);--good:light-dark(#1d7a5c,#5cc9a1);--bad:light-dark(#a8571b,#e2a267)}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0}h2{font-size:1.05rem;margin:2.5rem 0 .75rem}h3{font-size:.95rem;margin:0}
p{margin:.25rem 0;color:var(--soft)}a{color:inherit}
.graph{overflow-x:auto;margin:1.75rem 0 0;padding-bottom:.5rem}svg{display:block}
svg rect{fill:var(--card);stroke:var(--line)}svg path{fill:none;stroke:var(--soft);stroke-opacity:.55;stroke-width:1.3}
svg text{font:600 13px system-ui,sans-serif;fill:var(--ink)}svg .kind{font-weight:400;font-size:11px;fill:var(--soft)}
svg .live{fill:var(--good)}svg .none{fill:none;stroke:var(--soft)}svg a:hover rect,svg a:focus-visible rect{stroke:var(--soft)}
@media(min-width:60rem){svg{max-width:100%;height:auto}}
.sideways{background-image:linear-gradient(90deg,var(--under) 45%,transparent),linear-gradient(270deg,var(--under) 45%,transparent),linear-gradient(90deg,var(--shade),transparent),linear-gradient(270deg,var(--shade),transparent);background-position:0 0,100% 0,0 0,100% 0;background-size:2.5rem 100%,2.5rem 100%,.9rem 100%,.9rem 100%;background-repeat:no-repeat;background-attachment:local,local,scroll,scroll;--under:var(--paper)}
.sideways.wide{--under:var(--card)}tr:target{background:var(--shade)}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background-color:var(--card)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem 1rem;vertical-align:baseline;white-space:nowrap}
td.say{white-space:normal}li{max-width:34rem}th small{white-space:normal;max-width:30rem}tbody tr{border-top:1px solid var(--line)}
thead th{font-weight:500;font-size:.8rem;color:var(--soft)}tbody th{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums}.soft,td small{color:var(--soft)}td small.bad{color:var(--bad)}td small,th small{font-weight:400;display:block;font-size:.82rem}
th small{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}
summary{cursor:pointer}ul{margin:.3rem 0;padding-left:1.1rem;font-size:.85rem}
.ask{border:1px solid var(--line);border-radius:10px;background:var(--card);padding:.9rem 1rem;margin:0 0 .8rem}
pre{margin:.6rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}code,pre{font:13px/1.55 ui-monospace,monospace}
@media(max-width:40rem){body{padding:1.5rem 1rem 3rem}}
@media(max-width:56rem){table,tbody,tr{display:block}thead{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}tr{padding:.6rem .9rem}th,td{display:inline-block;padding:0;white-space:normal}tbody th{display:block}td:not(:empty){margin-right:.9rem}.rows:not(:empty)::after{content:' rows'}}
footer{margin-top:2.5rem;color:var(--soft);font-size:.85rem}
`;

/** Nothing may be loaded or run; the one style sheet is known by its hash. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
