#!/bin/sh
# DPO, PPO and best-of-n on the same comparisons, prompts and held-out questions: how much true quality (gold) each buys at the same KL
# to the fine-tuned model. Each policy is measured all along its course; between two measurements the line is straight. About 15 minutes
# a seed on two cores; needs Parley alone. What has been done is not done again.
#   equal-kl.sh [SEED [UPDATES]]
set -eu
seed=${1:-1} updates=${2:-40}
cd "$(dirname "$0")/../../.."
. deploy/examples/household/world.sh
world "$seed"
reward=runs/$world/reward-model/model

ppo "$world-ppo" "$reward" "$reward" --set kl.coefficient=0.05 --set optimizer.learning-rate=5e-4 \
  --set ppo.updates="$updates" --set checkpoint.every=4
if [ ! -d "runs/$world-dpo/model" ]; then
  rm -rf "runs/$world-dpo"
  ./parley train dpo --model "$sft" --data "runs/$world/data/preferences.jsonl" --run "$world-dpo" --set run.seed="$seed" \
    --set data.held-out=0 --set dpo.beta=0.1 --set dpo.batch-size=64 --set dpo.epochs=2 --set optimizer.learning-rate=3e-4 \
    --set engine.micro-batch-tokens=8192 --set checkpoint.every=8 --set checkpoint.keep=1000 >&2
fi
best=runs/$world-best-of-n-measured.jsonl
if [ ! -s "$best" ]; then
  ./parley quickstart measure --run "$world" --json --reward "$reward" --best-of 1,2,4,8,16,32,64 >"$best.part"
  mv "$best.part" "$best"
fi
courses() {
  measured "$world-ppo" --reward "$reward"
  measured "$world-dpo" --reward "$reward"
  rows "$world-best-of-n" <"$best"
}
printf '%-28s %6s %8s %6s %8s %6s %8s\n' run "at" KL √KL gold ± proxy
courses
printf '\ngold at KL %21s 1 nat  2 nats  3 nats\n' ''
courses | awk '
  $1 != name { if (name) show(); name = $1; n = 0 }
  { n++; kl[n] = $3; gold[n] = $5 }
  END { show() }
  function show(  at, i, line) {
    line = sprintf("%-28s", name)
    for (at = 1; at <= 3; at++) {
      for (i = 2; i <= n && !(kl[i - 1] <= at && kl[i] >= at); i++);
      line = line (i > n ? "       –" : sprintf("%8.3f", gold[i - 1] + (gold[i] - gold[i - 1]) * (at - kl[i - 1]) / (kl[i] - kl[i - 1])))
    }
    print line
  }'
