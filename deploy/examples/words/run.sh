#!/bin/sh
# Preferences whose truth is known: of two random words the chosen one holds a z, and nothing else tells them apart. A model of 0.1 million
# parameters imitates words of both kinds, and then learns which are liked by each recipe that needs no answers of its own; a third of the
# pairs, with prompts of their own, is held out. Prints what is measured on these after the first and the last update. Half a minute a
# recipe on two cores; needs Parley alone.
#   run.sh [SEED]
set -eu
seed=${1:-1}
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../../.."
work=runs/words-$seed
start=runs/words-$seed-sft
mkdir -p "$work"

# Lehmer's generator, so that every awk draws the same words.
awk -v seed="$seed" -v out="$work" 'function below(n) { state = state * 16807 % 2147483647; return int(state / 2147483647 * n) }
function word(long, letters, w) { for (w = ""; length(w) < long;) w = w substr(letters, 1 + below(length(letters)), 1); return w }
BEGIN {
  state = 7919 * seed; letters = "abcdefghijklmnopqrstuvwxy"
  for (i = 0; i < 400; i++) {
    n = 3 + below(6); at = 1 + below(n); good = word(n, letters); bad = word(n, letters)
    good = substr(good, 1, at - 1) "z" substr(good, at + 1)
    prompt = word(8, letters)
    printf "{\"prompt\":\"%s\",\"chosen\":\"%s\",\"rejected\":\"%s\"}\n", prompt, good, bad >(out "/pairs.jsonl")
    printf "{\"prompt\":\"%s\",\"completion\":\"%s\"}\n", prompt, good >(out "/words.jsonl")
    printf "{\"prompt\":\"%s\",\"completion\":\"%s\"}\n", prompt, bad >(out "/words.jsonl")
  }
}'

[ -d "$start/model" ] ||
  ./parley train sft --model "$here/model" --from-scratch --data "$work/words.jsonl" --run "words-$seed-sft" \
    --set run.seed="$seed" --set data.held-out=0 --set sft.epochs=4 --set optimizer.learning-rate=3e-3 --set checkpoint.every=0 >&2

# learn NAME RECIPE [OPTION]...: trains, and prints held-out figures of the first update and the last.
learn() {
  name=$1 recipe=$2
  shift 2
  ./parley train "$recipe" --model "$start/model" --data "$work/pairs.jsonl" --run "words-$seed-$name" \
    --set run.seed="$seed" --set data.held-out=0.33 --set "$recipe.epochs=4" --set "$recipe.evaluate-every=1" \
    --set optimizer.learning-rate=3e-3 --set checkpoint.every=0 "$@" >&2
  awk -v name="$name" -v width=6 -f "$here/held-out.awk" "runs/words-$seed-$name/metrics.jsonl"
}

learn dpo dpo
learn ipo dpo --set dpo.variant=ipo
learn kto kto --set kto.batch-size=32
learn orpo orpo --set orpo.beta=1
learn simpo simpo
