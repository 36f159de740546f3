/** Client script, part 2: a packet in one line, as hexdump with marked bytes, and in the ladder. */
export const SCRIPT_PACKET = String.raw`
function bytesOf(hex) { return (hex.match(/../g) || []).map(function (h) { return parseInt(h, 16); }); }
function ipv6Text(b, o) {
  const w = [];
  for (let i = 0; i < 8; i++) w.push((b[o + 2 * i] << 8) | b[o + 2 * i + 1]);
  /* IPv4-mapped addresses as elsewhere in the report (RFC 5952 section 5). */
  if (w.slice(0, 5).every(function (x) { return x === 0; }) && w[5] === 0xffff) return "::ffff:" + [b[o + 12], b[o + 13], b[o + 14], b[o + 15]].join(".");
  let best = -1, len = 1;
  for (let i = 0; i < 8; i++) { let n = 0; while (i + n < 8 && w[i + n] === 0) n++; if (n > len) { best = i; len = n; } }
  const hex = function (x) { return x.toString(16); };
  return best < 0 ? w.map(hex).join(":") : w.slice(0, best).map(hex).join(":") + "::" + w.slice(best + len).map(hex).join(":");
}
const PROTO = { 1: "ICMP", 4: "IPv4", 6: "TCP", 17: "UDP", 41: "IPv6", 58: "ICMPv6", 59: "none" };
/* Addresses and protocols of up to four headers, outermost first; for reading, not for judging. */
function belowLabels(p) {
  const b = bytesOf(p.hex);
  let o = 0;
  if (p.labels) { while (o + 4 <= b.length && (b[o + 2] & 1) === 0) o += 4; o += 4; }
  return b.slice(o);
}
function summarise(b) {
  const parts = [];
  let o = 0, proto = b.length === 0 ? -1 : b[0] >> 4 === 6 ? 41 : 4;
  for (let n = 0; n < 4 && (proto === 4 || proto === 41); n++) {
    if (proto === 4) {
      if (o + 20 > b.length) return parts.concat("cut IPv4");
      const frag = ((b[o + 6] & 31) << 8) | b[o + 7];
      parts.push("IPv4 " + b.slice(o + 12, o + 16).join(".") + " → " + b.slice(o + 16, o + 20).join("."));
      proto = b[o + 9]; o += (b[o] & 15) * 4;
      if (frag > 0) return parts.concat("fragment at " + frag * 8);
    } else {
      if (o + 40 > b.length) return parts.concat("cut IPv6");
      parts.push("IPv6 " + ipv6Text(b, o + 8) + " → " + ipv6Text(b, o + 24));
      proto = b[o + 6]; o += 40;
      while ((proto === 0 || proto === 43 || proto === 60 || proto === 44) && o + 8 <= b.length) {
        if (proto === 44 && (((b[o + 2] << 8) | b[o + 3]) & 0xfff8)) return parts.concat("fragment");
        const size = proto === 44 ? 8 : (b[o + 1] + 1) * 8;
        proto = b[o]; o += size;
      }
    }
  }
  const name = PROTO[proto] || "protocol " + proto;
  if ((proto === 6 || proto === 17) && o + 4 <= b.length) parts.push(name + " " + ((b[o] << 8) | b[o + 1]) + " → " + ((b[o + 2] << 8) | b[o + 3]));
  else if ((proto === 1 || proto === 58) && o + 2 <= b.length) parts.push(name + " type " + b[o] + " code " + b[o + 1]);
  else if (proto >= 0) parts.push(name);
  return parts;
}

/* Sixteen bytes a row; bytes of a differing field are marked (not by colour alone: underlined too). */
function hexdump(packet, fields) {
  const b = bytesOf(packet.hex), mark = new Map();
  for (const f of fields) for (let i = 0; i < f.length; i++) mark.set(f.offset + i, f.layer + " " + f.field);
  const pre = el("pre", { class: "hex", tabindex: "0", "aria-label": "hexdump, " + b.length + " bytes" });
  for (let o = 0; o < b.length; o += 16) {
    const text = el("span", { class: "ascii" });
    fill(pre, [el("span", { class: "offset" }, o.toString(16).padStart(4, "0")), "  "]);
    for (let i = o; i < o + 16; i++) {
      const gap = i === o + 7 ? "  " : " ";
      if (i >= b.length) { fill(pre, ["  " + gap]); continue; }
      const hex = b[i].toString(16).padStart(2, "0"), chr = b[i] > 32 && b[i] < 127 ? String.fromCharCode(b[i]) : b[i] === 32 ? " " : ".";
      const why = mark.get(i), joined = why !== undefined && mark.get(i + 1) === why && i + 1 < o + 16 && i + 1 < b.length;
      if (why === undefined) { fill(pre, [hex, gap]); fill(text, [chr]); }
      else { fill(pre, [el("mark", { title: show(why) }, hex, joined ? gap : ""), joined ? "" : gap]); fill(text, [el("mark", null, chr)]); }
    }
    fill(pre, [" ", text, "\n"]);
  }
  const more = packet.bytes - b.length;
  return [b.length > 0 ? pre : null, more > 0 ? el("p", { class: "note" }, num(more) + " more bytes: see evidence.pcapng beside this report.") : null];
}

function svg(tag, attrs, ...kids) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, String(v));
  return fill(e, kids);
}
function seconds(p, q) { return (p.sec - q.sec) + (p.nsec - q.nsec) / 1e9; }
function clip(text, n) { const a = [...text]; return a.length > n ? "…" + a.slice(a.length - n + 1).join("") : text; }
/* Three lanes: access, the device, core. Time runs down; an arrow into the device was received, one out of it was sent. */
function ladder(packets, fields) {
  const W = 880, X = { access: 110, device: 440, core: 770 }, rowH = 74, H = 46 + packets.length * rowH;
  const s = svg("svg", { viewBox: "0 0 " + W + " " + H, width: W, height: H, role: "img", class: "ladder", "aria-label": packets.map(function (p, i) {
    return (i + 1) + ": " + p.direction + (p.direction === "received" ? " from " : " to ") + p.side + ", " + show(p.place.file) + " frame " + p.place.frame; }).join("; ") || "no packets" });
  for (const lane of ["access", "device", "core"]) {
    s.append(svg("line", { x1: X[lane], x2: X[lane], y1: 30, y2: H, class: "lane" }), svg("text", { x: X[lane], y: 18, class: "lane-name" }, lane));
  }
  packets.forEach(function (p, i) {
    const y = 78 + i * rowH, out = p.direction === "sent", from = out ? X.device : X[p.side], to = out ? X[p.side] : X.device;
    const dir = to > from ? 1 : -1, mid = (from + to) / 2, differs = fields.some(function (f) { return f.packet === i; });
    const free = p.side === "access" ? X.device + 16 : X.device - 16, anchor = p.side === "access" ? "start" : "end";
    const g = svg("g", { class: differs ? "hop differs" : "hop" });
    g.append(svg("line", { x1: from, x2: to - dir * 9, y1: y, y2: y }), svg("polygon", { points: to + "," + y + " " + (to - dir * 12) + "," + (y - 6) + " " + (to - dir * 12) + "," + (y + 6) }));
    g.append(svg("text", { x: mid, y: y - 8, class: "hop-place" }, (i + 1) + "  \u2068" + clip(show(nameOf(p.place.file)), 26) + "\u2069:" + p.place.frame + (differs ? "  ≠" : "")));
    const dt = i === 0 ? "at " + p.sec + "." + String(p.nsec).padStart(9, "0") : (seconds(p, packets[0]) < 0 ? "" : "+") + seconds(p, packets[0]).toFixed(9) + " s";
    g.append(svg("text", { x: mid, y: y + 17, class: "hop-time" }, dt + ", " + p.bytes + " bytes"));
    summarise(belowLabels(p)).slice(0, 4).forEach(function (line, k) { g.append(svg("text", { x: free, y: y - 12 + k * 15, "text-anchor": anchor, class: "hop-head" }, clip(line, 54))); });
    s.append(g);
  });
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ladder of packets" }, s);
}
`;
