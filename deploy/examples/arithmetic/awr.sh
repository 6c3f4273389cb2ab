#!/bin/sh
# What an earlier run left in the log is enough to learn from: GRPO makes a few updates against a broker that stays, and advantage-weighted
# regression then starts from the same model and learns from the answers of that run alone, without asking for a new one. Prints the
# share of right answers to 500 held-out sums before and after each. Some minutes on two cores; needs Parley alone.
#   awr.sh [SEED [UPDATES]]
set -eu
seed=${1:-1} updates=${2:-10}
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../../.."
work=runs/arithmetic-$seed
start=runs/arithmetic-$seed-sft/model
logged=arithmetic-$seed-logged run=arithmetic-$seed-awr
. "$here/accuracy.sh"
imitate

up=
trap '[ -z "$up" ] || kill "$up"' EXIT
./parley up --policy "$start" --reward "rules:$here/math.yaml" --run "$logged" --broker-port 19092 --dir "$work/up" >"$work/up.txt" &
up=$!
until grep -qs "Ctrl-C stops everything" "$work/up.txt"; do
  kill -0 "$up"
  sleep 1
done
./parley train grpo --model "$start" --kafka localhost:19092 --data "$work/prompts.jsonl" --run "$logged" \
  --set run.seed="$seed" --set prompts.per-update=64 --set prompts.samples=8 --set sampling.max-new-tokens=8 \
  --set optimizer.learning-rate=3e-4 --set grpo.updates="$updates" --set grpo.minibatches=2 --set kl.coefficient=0 >&2
./parley train awr --model "$start" --kafka localhost:19092 --run "$run" --set rollouts.run="$logged" \
  --set run.seed="$seed" --set awr.beta=0.5 --set awr.epochs=2 --set awr.batch-size=64 --set optimizer.learning-rate=3e-4 >&2
accuracy "$start" sft
accuracy "runs/$logged/model" grpo
accuracy "runs/$run/model" awr
