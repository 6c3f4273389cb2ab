#!/bin/sh
# Over-optimisation (Gao et al. 2022, arXiv:2210.10760), where the truth is known: reward models that learnt from few comparisons are
# optimised without a price on KL. Their own score (proxy) goes on rising; the true quality (gold) rises, and then falls. Once with one
# reward model, once with the worst case of three (Coste et al. 2023, arXiv:2310.02743). Prints a line per checkpoint. About 20 minutes
# a seed on two cores; needs Parley alone. What has been done is not done again.
#   overoptimisation.sh [SEED [UPDATES [PAIRS [LEARNING_RATE]]]]
set -eu
seed=${1:-1} updates=${2:-48} pairs=${3:-600} rate=${4:-1e-4}
cd "$(dirname "$0")/../../.."
. deploy/examples/household/world.sh
world "$seed"

few=runs/$world-$pairs-pairs.jsonl
head -n "$pairs" "runs/$world/data/preferences.jsonl" >"$few"
for member in 1 2 3; do
  rm=$world-$pairs-rm-$member
  if [ ! -d "runs/$rm/model" ]; then
    rm -rf "runs/$rm"
    ./parley train reward-model --model "$sft" --data "$few" --run "$rm" --set run.seed="$member" --set data.held-out=0 \
      --set reward-model.epochs=4 --set reward-model.batch-size=32 --set reward-model.centering-coefficient=0.01 \
      --set optimizer.learning-rate=5e-4 --set optimizer.schedule=cosine >&2
  fi
done
one=runs/$world-$pairs-rm-1/model
ensemble=runs/$world-$pairs-ensemble.yaml
cat >"$ensemble" <<EOF
parley:
  reward:
    scorer: all
    scorers:
      all: {type: ensemble, members: "first,second,third", combine: worst}
      first: {type: model, directory: $PWD/runs/$world-$pairs-rm-1/model}
      second: {type: model, directory: $PWD/runs/$world-$pairs-rm-2/model}
      third: {type: model, directory: $PWD/runs/$world-$pairs-rm-3/model}
EOF
# Small steps, so that checkpoints lie close together.
for proxy in one worst-of-three; do
  [ "$proxy" = one ] && by=$one || by=rules:$ensemble
  ppo "$world-$pairs-$proxy" "$by" "$one" --set kl.coefficient=0 --set optimizer.learning-rate="$rate" --set ppo.updates="$updates" \
    --set checkpoint.every=4
done
printf '%-28s %6s %8s %6s %8s %6s %8s\n' run update KL √KL gold ± proxy
measured "$world-$pairs-one" --reward "$one"
measured "$world-$pairs-worst-of-three" --reward "rules:$ensemble"
