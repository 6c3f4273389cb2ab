#!/bin/sh
# What smaller numbers in the policy's decoder change: PPO on the words of run.sh, whose answers are drawn with weights in float32, in bfloat16
# and in int8, while the trainer learns in float32. Prints for each how far the sampler's log-probabilities are from the trainer's (nats per
# token), the importance weights that correct for it, and the score of the first and the last updates; then int8 without the correction. Some
# two minutes on two cores; needs Parley alone.
#   weights.sh [SEED]
set -eu
seed=${1:-1}
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../../.."
start=runs/words-$seed-sft/model
reward=runs/words-$seed-liked/model
[ -d "$start" ] || { echo "there is no $start: run deploy/examples/words/run.sh $seed first" >&2; exit 1; }

[ -d "$reward" ] ||
  ./parley train reward-model --model "$here/model" --from-scratch --data "runs/words-$seed/pairs.jsonl" --run "words-$seed-liked" \
    --set run.seed="$seed" --set data.held-out=0 --set reward-model.epochs=6 --set optimizer.learning-rate=3e-3 --set checkpoint.every=0 >&2

# learn NAME WEIGHTS [OPTION]...: trains, and prints means over all updates, and the scores of the first and the last five.
learn() {
  name=$1 weights=$2
  shift 2
  PARLEY_POLICY_ENGINE_WEIGHTS=$weights ./parley train ppo --model "$start" --reward "$reward" --data "runs/words-$seed/pairs.jsonl" \
    --run "words-$seed-ppo-$name" --set run.seed="$seed" --set ppo.updates=30 --set prompts.per-update=64 --set sampling.max-new-tokens=12 \
    --set optimizer.learning-rate=3e-4 --set value.learning-rate=1e-3 --set checkpoint.every=0 "$@" >&2
  awk -v name="$name" '
    function value(key, at) {
      at = index($0, "\"" key "\":")
      return at ? substr($0, at + length(key) + 3) + 0 : "none"
    }
    {
      score[NR] = value("objective/scores"); gap += value("rollout/logprob_gap_median")
      greatest = value("rollout/logprob_gap_max"); if (greatest > most) most = greatest
      weight = value("rollout_corr/rollout_is_mean")
      if (weight != "none") {
        weighted++; mean += weight
        size += value("rollout_corr/rollout_is_eff_sample_size"); cut += value("rollout_corr/rollout_is_truncated_fraction")
      }
    }
    END {
      for (i = 1; i <= 5; i++) { first += score[i] / 5; last += score[NR - 5 + i] / 5 }
      printf "%-18s gap: median %.6f, greatest %.6f   weights in %d of %d updates", name, gap / NR, most, weighted, NR
      if (weighted) printf ": mean %.4f, effective share %.4f, truncated %.5f", mean / weighted, size / weighted, cut / weighted
      printf "   score %.2f to %.2f\n", first, last
    }' "runs/words-$seed-ppo-$name/metrics.jsonl"
}

learn float32 float32
learn bfloat16 bfloat16
learn int8 int8
learn int8-uncorrected int8 --set ppo.importance-cap=0
