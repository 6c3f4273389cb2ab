#!/bin/sh
# A small model learns to add: first from 1,500 worked sums, then by trying others and being told whether the result is right (a recipe
# that learns from answers, with the scorer "math"). Prints the share of right answers to 500 held-out sums before and after. Some
# minutes on two cores; needs Parley alone.
#   run.sh [RECIPE [SEED [UPDATES]]]      grpo (the default), rloo, reinforce++, rejection-sampling or online-dpo
set -eu
recipe=${1:-grpo} seed=${2:-1} updates=${3:-60}
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../../.."
work=runs/arithmetic-$seed
start=runs/arithmetic-$seed-sft
run=arithmetic-$seed-$(echo "$recipe" | sed "s/++/-pp/") # of letters, digits and dashes

case $recipe in
  grpo | rloo) own="--set $recipe.updates=$updates --set $recipe.minibatches=2 --set kl.coefficient=0" ;;
  reinforce++) own="--set reinforce.updates=$updates --set reinforce.minibatches=2 --set kl.coefficient=0" ;;
  rejection-sampling) own="--set rejection.updates=$updates" ;;
  online-dpo) own="--set online-dpo.updates=$updates" ;;
  *) echo "run.sh: $recipe is not grpo, rloo, reinforce++, rejection-sampling or online-dpo" >&2; exit 2 ;;
esac

# The share of right answers, drawn as in training.
accuracy() {
  rm -f "$work/$2.jsonl" "$work/$2-scores.jsonl"
  ./parley generate "$1" --input "$work/held-out.jsonl" --output "$work/$2.jsonl" --max-new-tokens 8 --temperature 1 --seed 1 >&2
  ./parley score --scorer math --input "$work/$2.jsonl" --output "$work/$2-scores.jsonl" >&2
  awk -v who="$2" '/"score":1(\.0)?[,}]/ { right++ } END { printf "%s: %.3f of %d held-out sums right\n", who, right / NR, NR }' "$work/$2-scores.jsonl"
}

if [ ! -d "$start/model" ]; then
  sh "$here/make-data.sh" "$work" "$seed"
  ./parley train sft --model "$here/model" --from-scratch --data "$work/demonstrations.jsonl" --run "arithmetic-$seed-sft" \
    --set run.seed="$seed" --set optimizer.learning-rate=2e-3 --set sft.epochs=40 --set data.held-out=0 >&2
fi
# shellcheck disable=SC2086 # several options in one word
./parley train "$recipe" --model "$start/model" --reward "rules:$here/math.yaml" --data "$work/prompts.jsonl" --run "$run" \
  --set run.seed="$seed" --set prompts.per-update=64 --set prompts.samples=8 --set sampling.max-new-tokens=8 \
  --set optimizer.learning-rate=3e-4 $own >&2
accuracy "$start/model" sft
accuracy "runs/$run/model" "$recipe"
