#!/bin/sh
# Does a reward model that was told which step is wrong choose better than one that was told how it ended? A small model imitates worked
# sums of four numbers, a line for each addition, and answers other sums. Its answers, of which a right and a wrong one are kept of each sum, teach
# three reward models: one is told of each line whether it is right (process-reward), one is told of the last line whether the answer is
# (process-reward on rows without the other labels: an outcome model), one is told which of two answers is (reward-model). On new sums each picks the best
# of eight answers. Prints the share of right picks, twice, for fewer and more answers to learn from. Some ten minutes on two cores; needs Parley
# alone.
#   process.sh [SEED]
set -eu
seed=${1:-1}
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../../.."
name=chains-$seed
work=runs/$name
start=runs/$name-sft/model
fewer=100 more=800 # sums, two answers each
one="--set engine.workers=1 --set engine.threads=1" # so small a model gains nothing by more
mkdir -p "$work"

# Sums to imitate, to learn to judge on, and to measure on; none twice. Lehmer's generator, so that every awk draws the same.
awk -v seed="$seed" -v out="$work" 'function below(n) { state = state * 16807 % 2147483647; return int(state / 2147483647 * n) }
BEGIN {
  state = 7919 * seed
  while (made < 2900) {
    task = lines = ""; total = 0
    for (i = 0; i < 4; i++) {
      n = 1 + below(9)
      if (i) lines = lines (i > 1 ? "\\n" : "") total "+" n "=" total + n
      task = task (i ? "+" : "") n; total += n
    }
    if (task in seen) continue
    seen[task] = 1
    if (made < 1000) printf "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"},{\"role\":\"assistant\",\"content\":\"%s\"}]}\n", task, lines >(out "/demonstrations.jsonl")
    else printf "{\"prompt\":\"%s\"}\n", task >(out "/" (made < 2600 ? "practice" : "held-out") ".jsonl")
    made++
  }
}'

# shellcheck disable=SC2086 # several options in one word
[ -d "$start" ] ||
  ./parley train sft --model "$here/chain-model" --from-scratch --data "$work/demonstrations.jsonl" --run "$name-sft" \
    --set run.seed="$seed" --set optimizer.learning-rate=3e-3 --set sft.epochs=16 --set data.held-out=0 --set checkpoint.every=0 \
    $one >&2

# draw PROMPTS: eight answers to each.
draw() {
  rm -f "$work/$1-answers.jsonl"
  ./parley generate "$start" --input "$work/$1.jsonl" --output "$work/$1-answers.jsonl" -n 8 --max-new-tokens 40 --temperature 1 --seed "$seed" >&2
}
draw practice
draw held-out

# Judges an answer: its lines (line[], lines of them), whether each adds the next number to the sum so far (right[]), and whether the last sum is
# right (returned).
judge='function field(name, text) {
  text = $0
  sub(".*\"" name "\": *\"", "", text)
  sub("\".*", "", text)
  return text
}
function judge(task, answer, i, n, a, total, sum) {
  n = split(task, a, "+"); lines = split(answer, line, "\\\\n"); total = sum = a[1]
  for (i = 2; i <= n; i++) total += a[i]
  for (i = 1; i <= lines; i++) {
    right[i] = i < n && line[i] == sum "+" a[i + 1] "=" sum + a[i + 1]
    sum = line[i]; sub(/.*=/, "", sum)
  }
  return sum == total ""
}'

# Of each sum a right and a wrong answer, if it has both.
awk -v out="$work" -v fewer="$fewer" -v more="$more" "$judge"'
{
  task = field("content"); answer = field("response")
  if (NR % 8 == 1) good = bad = ""
  if (judge(task, answer)) { if (good == "") good = answer } else if (bad == "" && lines) bad = answer
  if (NR % 8 == 0 && good != "" && bad != "" && kept < more) {
    kept++
    for (size = kept <= fewer ? fewer : more; ; size = more) {
      printf "{\"prompt\":\"%s\",\"chosen\":\"%s\",\"rejected\":\"%s\"}\n", task, good, bad >(out "/pairs-" size ".jsonl")
      solution(task, good, size); solution(task, bad, size)
      if (size == more) break
    }
  }
}
END { if (kept < more) { print "process.sh: only " kept " sums have a right and a wrong answer, " more " are wanted" >"/dev/stderr"; exit 1 } }
# The steps of an answer with a label for each, and with one for the last alone.
function solution(task, answer, size, ends, i, steps, all, last) {
  ends = judge(task, answer)
  for (i = 1; i <= lines; i++) {
    steps = steps (i > 1 ? "," : "") "\"" line[i] "\""
    all = all (i > 1 ? "," : "") (right[i] ? "true" : "false")
    last = last (i > 1 ? "," : "") (i < lines ? "null" : ends ? "true" : "false")
  }
  printf "{\"prompt\":\"%s\",\"steps\":[%s],\"labels\":[%s]}\n", task, steps, all >(out "/steps-" size ".jsonl")
  printf "{\"prompt\":\"%s\",\"steps\":[%s],\"labels\":[%s]}\n", task, steps, last >(out "/ends-" size ".jsonl")
}' "$work/practice-answers.jsonl"

# learn RECIPE DATA SIZE: a reward model that starts from the one that imitates; what it says of the new answers.
learn() {
  run=$name-$2-$3
  # shellcheck disable=SC2086
  ./parley train "$1" --model "$start" --data "$work/$2-$3.jsonl" --run "$run" --set run.seed="$seed" --set data.held-out=0 \
    --set "$1.batch-size=16" --set "$1.epochs=40" --set optimizer.learning-rate=2e-3 --set optimizer.schedule=cosine --set checkpoint.every=0 $one >&2
  rm -f "$work/by-$2-$3.jsonl"
  ./parley score --scorer "runs/$run/model" --input "$work/held-out-answers.jsonl" --output "$work/by-$2-$3.jsonl" >&2
}
for size in "$fewer" "$more"; do
  learn process-reward steps "$size"
  learn process-reward ends "$size"
  learn reward-model pairs "$size"
done

# Of each sum the answer that each judge scores highest, and whether it is right. A share and its standard error over the sums; of two judges
# their difference, sum by sum.
awk -v work="$work" -v sizes="$fewer $more" "$judge"'
function number(text, key) {
  if (!match(text, "\"" key "\": *[-0-9.eE]+")) return -1e9 # could not be scored
  text = substr(text, RSTART, RLENGTH); sub(/.*: */, "", text)
  return text + 0
}
function pick(by, score) { if (NR % 8 == 1 || score > most[by]) { most[by] = score; picked[by] = is } }
function count(what, value) { sum[what] += value; squares[what] += value * value }
function show(name, what, mean) {
  mean = sum[what] / sums
  printf "%-44s %6.3f ± %.3f\n", name, mean, sqrt((squares[what] / sums - mean * mean) / sums)
}
{
  is = judge(field("content"), field("response"))
  for (s = split(sizes, size, " "); s; s--) {
    getline steps <(work "/by-steps-" size[s] ".jsonl")
    getline ends <(work "/by-ends-" size[s] ".jsonl")
    getline pairs <(work "/by-pairs-" size[s] ".jsonl")
    pick(s "product", number(steps, "product")); pick(s "lowest", number(steps, "lowest"))
    pick(s "ends", number(ends, "last")); pick(s "pairs", number(pairs, "score"))
  }
  if (NR % 8 == 1) drawn = 0
  drawn += is
  if (NR % 8) next
  sums++
  count("drawn", drawn / 8); count("any", drawn > 0)
  for (by in picked) count(by, picked[by])
  for (s in size) { count(s "-ends", picked[s "product"] - picked[s "ends"]); count(s "-pairs", picked[s "product"] - picked[s "pairs"]) }
}
END {
  show("one answer", "drawn"); show("any of eight is right", "any")
  for (s = 1; s in size; s++) {
    printf "best of eight, by %d answers to %d sums:\n", 2 * size[s], size[s]
    show("  by process, product of the steps", s "product"); show("  by process, lowest step", s "lowest")
    show("  by outcome, label at the last line", s "ends"); show("  by outcome, pairs", s "pairs")
    show("  product less last line", s "-ends"); show("  product less pairs", s "-pairs")
  }
}' "$work/held-out-answers.jsonl"
