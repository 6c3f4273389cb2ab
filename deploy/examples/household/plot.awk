# Reads the lines that the scripts beside it print (run, update, KL, √KL, gold, ±, proxy) and writes an SVG: gold (filled, left axis, 0 to 1)
# and proxy (hollow, right axis) over √KL, a colour for each run.
#   sh overoptimisation.sh | awk -f plot.awk > curve.svg
BEGIN { W = 720; H = 380; L = 50; R = 110; T = 16; B = 40; colours = "#2a5bd7 #c2410c #0f766e #7c3aed #a16207 #be185d"; split(colours, colour, " ") }
NF == 7 && $3 ~ /^[0-9.]+$/ {
  if (!($1 in number)) { number[$1] = ++runs; name[runs] = $1 }
  n++; run[n] = number[$1]; x[n] = $4 + 0; gold[n] = $5 + 0; known[n] = $7 != "nan"; proxy[n] = $7 + 0
  if (x[n] > most) most = x[n]
  if (known[n] && proxy[n] > high) high = proxy[n]
  if (known[n] && proxy[n] < low) low = proxy[n]
}
function px(value) { return L + (W - L - R) * value / most }
function gy(value) { return H - B - (H - T - B) * value }
function py(value) { return H - B - (H - T - B) * (value - low) / (high - low) }
function text(at, y, anchor, what) { printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", at, y, anchor, what }
END {
  if (!n) { print "plot.awk: no line of seven columns" > "/dev/stderr"; exit 1 }
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#444\">\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", W, H + 20 * runs, W, H + 20 * runs
  for (i = 0; i <= 5; i++) {
    printf "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>\n", L, gy(i / 5), W - R
    text(L - 6, gy(i / 5) + 4, "end", sprintf("%.1f", i / 5))
    text(W - R + 6, gy(i / 5) + 4, "start", sprintf("%.1f", low + (high - low) * i / 5))
  }
  for (i = 0; i <= most; i++) text(px(i), H - B + 18, "middle", i)
  text(L, H - 6, "start", "√KL to the fine-tuned model (nats per answer)")
  text(L - 24, T - 8, "start", "gold ●"); text(W - R + 24, T - 8, "end", "proxy ○")
  for (r = 1; r <= runs; r++) {
    g = p = ""; gm = pm = "M"
    for (i = 1; i <= n; i++) if (run[i] == r) {
      g = g gm sprintf("%.1f %.1f", px(x[i]), gy(gold[i])); gm = "L"
      printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", px(x[i]), gy(gold[i]), colour[r]
      if (known[i]) {
        p = p pm sprintf("%.1f %.1f", px(x[i]), py(proxy[i])); pm = "L"
        printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#fff\" stroke=\"%s\"/>\n", px(x[i]), py(proxy[i]), colour[r]
      }
    }
    printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>\n<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-dasharray=\"4 3\"/>\n", g, colour[r], p, colour[r]
    printf "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>", L, H + 20 * (r - 1), colour[r]
    text(L + 20, H + 20 * (r - 1) + 10, "start", name[r])
  }
  print "</svg>"
}
