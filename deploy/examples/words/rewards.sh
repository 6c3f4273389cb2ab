#!/bin/sh
# Reward models that learn more than which of two answers is better, where the truth is known: a step of three letters is right if it holds no
# z, and a word's rating is the number of its z. Models of 0.1 million parameters, drawn at random, learn from steps (process-reward) and from
# pairs of whole solutions (reward-model); of eight new answers, seven of them with one wrong step, each picks the best. Another learns ratings
# (reward-regression). Prints what is measured on held-out rows after the first and the last update, and the share of the tasks whose pick is
# right. A minute and a half on two cores; needs Parley alone.
#   rewards.sh [SEED]
set -eu
seed=${1:-1}
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../../.."
work=runs/words-$seed-rewards
mkdir -p "$work"

# Lehmer's generator, so that every awk draws the same letters.
awk -v seed="$seed" -v out="$work" 'function below(n) { state = state * 16807 % 2147483647; return int(state / 2147483647 * n) }
function letters(long, from, w) { for (w = ""; length(w) < long;) w = w substr(from, 1 + below(length(from)), 1); return w }
function step(wrong, w, at) {
  w = letters(3, plain)
  at = 1 + below(3)
  return wrong ? substr(w, 1, at - 1) "z" substr(w, at + 1) : w
}
# Three steps, of which one is wrong, or none.
function solution(wrong, s, at, text) {
  at = wrong ? 1 + below(3) : 0
  for (s = 1; s <= 3; s++) text = text (s > 1 ? "\\n" : "") step(s == at)
  return text
}
BEGIN {
  state = 7919 * seed; plain = "abcdefghijklmnopqrstuvwxy"
  for (i = 0; i < 200; i++) {
    steps = labels = ""
    for (s = 1; s <= 3; s++) {
      wrong = below(10) < 3
      steps = steps (s > 1 ? "," : "") "\"" step(wrong) "\""
      labels = labels (s > 1 ? "," : "") (wrong ? "false" : "true")
    }
    task = letters(8, plain); right = solution(0); slip = solution(1)
    printf "{\"prompt\":\"%s\",\"steps\":[%s],\"labels\":[%s]}\n", task, steps, labels >(out "/solutions.jsonl")
    # As many answers of which the end alone is judged.
    if (i % 2) printf "{\"prompt\":\"%s\",\"chosen\":\"%s\",\"rejected\":\"%s\"}\n", task, right, slip >(out "/pairs.jsonl")
  }
  for (i = 0; i < 100; i++) {
    task = letters(8, plain); good = below(8)
    for (a = 0; a < 8; a++) printf "{\"prompt\":\"%s\",\"response\":\"%s\"}\n", task, solution(a != good) >(out "/answers.jsonl")
  }
  for (i = 0; i < 300; i++) {
    task = letters(8, plain); word = letters(6, plain "zzzzzzzzzzzz"); n = gsub(/z/, "z", word)
    printf "{\"prompt\":\"%s\",\"response\":\"%s\",\"score\":%d}\n", task, word, n >(out "/ratings.jsonl")
  }
}'

# learn RECIPE DATA [OPTION]...: trains, and prints held-out figures of the first update and the last.
learn() {
  recipe=$1 data=$2
  shift 2
  ./parley train "$recipe" --model "$here/model" --from-scratch --data "$work/$data.jsonl" --run "words-$seed-$recipe" \
    --set run.seed="$seed" --set data.held-out=0.33 --set "$recipe.batch-size=16" --set "$recipe.epochs=10" \
    --set "$recipe.evaluate-every=1" --set optimizer.learning-rate=3e-3 --set checkpoint.every=0 "$@" >&2
  awk -v name="$recipe" -v width=17 -f "$here/held-out.awk" "runs/words-$seed-$recipe/metrics.jsonl"
}

# best RECIPE: scores the new answers, and prints the share of the tasks whose highest score has an answer without a wrong step.
best() {
  ./parley score --scorer "runs/words-$seed-$1/model" --input "$work/answers.jsonl" --output "$work/by-$1.jsonl" >&2
  awk -v name="$1" -v answers="$work/answers.jsonl" '{
    getline answer <answers
    sub(/.*"response":/, "", answer)
    match($0, /"score": *[-0-9.eE]+/)
    score = substr($0, RSTART, RLENGTH)
    sub(/.*: */, "", score)
    if (NR % 8 == 1 || score + 0 > most) { most = score + 0; right = answer !~ /z/ }
    if (NR % 8 == 0) { tasks++; picked += right }
  }
  END { printf "%-17s %-26s %9.3f of %d tasks\n", name, "best of 8 is right", picked / tasks, tasks }' "$work/by-$1.jsonl"
}

learn process-reward solutions
learn reward-model pairs
best process-reward
best reward-model
learn reward-regression ratings
