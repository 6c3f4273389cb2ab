# Prints each held-out figure of a metrics.jsonl after the first and the last update. Takes the run's name and the widest name's width.
{
  while (match($0, /"eval_[a-z0-9_\/]*": *[-0-9.eE]+/)) {
    split(substr($0, RSTART + 1, RLENGTH - 1), part, /": */)
    $0 = substr($0, RSTART + RLENGTH)
    if (NR == 1) { order[++names] = part[1]; first[part[1]] = part[2] }
    last[part[1]] = part[2]
  }
}
END { for (i = 1; i <= names; i++) printf "%-" width "s %-26s %9.3f after update 1 %9.3f after %d\n", name, order[i], first[order[i]], last[order[i]], NR }
