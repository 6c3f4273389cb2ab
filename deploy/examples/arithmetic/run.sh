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
start=runs/arithmetic-$seed-sft/model
run=arithmetic-$seed-$(echo "$recipe" | sed "s/++/-pp/") # of letters, digits and dashes

case $recipe in
  grpo | rloo) own="--set $recipe.updates=$updates --set $recipe.minibatches=2 --set kl.coefficient=0" ;;
  reinforce++) own="--set reinforce.updates=$updates --set reinforce.minibatches=2 --set kl.coefficient=0" ;;
  rejection-sampling) own="--set rejection.updates=$updates" ;;
  online-dpo) own="--set online-dpo.updates=$updates" ;;
  *) echo "run.sh: $recipe is not grpo, rloo, reinforce++, rejection-sampling or online-dpo" >&2; exit 2 ;;
esac

. "$here/accuracy.sh"
imitate
# shellcheck disable=SC2086 # several options in one word
./parley train "$recipe" --model "$start" --reward "rules:$here/math.yaml" --data "$work/prompts.jsonl" --run "$run" \
  --set run.seed="$seed" --set prompts.per-update=64 --set prompts.samples=8 --set sampling.max-new-tokens=8 \
  --set optimizer.learning-rate=3e-4 $own >&2
accuracy "$start" sft
accuracy "runs/$run/model" "$recipe"
