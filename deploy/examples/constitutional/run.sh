#!/bin/sh
# Constitutional AI with one model that answers, criticises, revises and judges: both halves of docs/recipes/constitutional-ai.md, and how
# far each got. Some twenty minutes on two cores with a model of 135M parameters; needs Parley and jq. What has been done is not done again.
#   run.sh MODEL PAIRS [CONSTITUTION [PROMPTS]]
#   MODEL         follows instructions
#   PAIRS         people's preferences in the shape of hh-rlhf; prompts are their first questions
#   PROMPTS       questions of each half, and pairs of people's that the model's labels are held against; 48 if not given
# PRECISION=bfloat16 is faster on cores that compute in it.
set -eu
model=$1 pairs=$2 constitution=${3:-deploy/constitutions/helpful-honest-harmless.yaml} count=${4:-48}
precision=${PRECISION:-float32}
work=runs/constitutional
mkdir -p "$work"

# Questions of at most 200 characters: those of the first half, those of the second, and those that measure.
reader=cat
case $pairs in *.gz) reader="gzip -dc" ;; esac
$reader "$pairs" | jq -c '.chosen | split("\n\nAssistant:")[0] | ltrimstr("\n\nHuman: ")
  | select(length > 0 and length <= 200 and (contains("\n\nHuman:") | not)) | {prompt: .}' | awk '!seen[$0]++' >"$work/all.jsonl"
sed -n "1,${count}p" "$work/all.jsonl" >"$work/first.jsonl"
sed -n "$((count + 1)),$((2 * count))p" "$work/all.jsonl" >"$work/second.jsonl"
sed -n "$((2 * count + 1)),$((3 * count))p" "$work/all.jsonl" >"$work/measured.jsonl"
$reader "$pairs" | jq -c 'select((.chosen | length) <= 600 and (.rejected | length) <= 600)' | tail -n "$count" >"$work/people.jsonl"

./parley up --policy "$model" --precision "$precision" --dir "$work/up" --policy-port 18091 >"$work/up.txt" &
up=$!
trap 'kill "$up"' EXIT
until grep -qs "Ctrl-C stops everything" "$work/up.txt"; do
  kill -0 "$up"
  sleep 1
done
ask() {
  command=$1
  shift
  ./parley constitution "$command" --constitution "$constitution" --endpoint http://localhost:18091 --model policy \
    --cache "$work/answers" --concurrency 16 --timeout 1200 "$@" >&2
}
# FILE ONE OTHER: the share of pairs whose second answer the principles prefer, a tie counting half.
preferred() {
  jq -c -n --slurpfile one "$2" --slurpfile other "$3" \
    'range($one | length) as $i | {prompt: $one[$i].prompt, answer_a: $one[$i].response, answer_b: $other[$i].response}
     | select(.answer_a != .answer_b)' >"$work/$1-pairs.jsonl"
  ask prefer --input "$work/$1-pairs.jsonl" --output "$work/$1.jsonl" --principles 1 --max-tokens 8
  jq -s -r 'map(select(.first_better != null) | .first_better) | length as $n
    | "\($n) pairs: second answer preferred in \(map(if . < 0.5 then 1 elif . == 0.5 then 0.5 else 0 end) | add / $n * 1000 | round / 1000), "
      + "mean probability \(map(1 - .) | add / $n * 1000 | round / 1000)"' "$work/$1.judgements.jsonl"
}
answers() { # MODEL NAME PROMPTS SEED
  [ -s "$work/$2.jsonl" ] || ./parley generate "$1" --input "$3" --output "$work/$2.jsonl" --seed "$4" --max-new-tokens 96 \
    --precision "$precision" >&2
}
train() { # RECIPE RUN OPTIONS…
  recipe=$1 run=$2
  shift 2
  [ -d "runs/$run/model" ] || ./parley train "$recipe" --run "$run" "$@" --set run.resume=auto --set engine.precision="$precision" \
    --set optimizer.learning-rate=2e-5 --set checkpoint.every=0 >&2
}

echo "== people's pairs, labelled by the principles"
ask prefer --input "$work/people.jsonl" --output "$work/people-labelled.jsonl" --principles 1 --max-tokens 8 2>&1 | tee "$work/people.txt" >&2
cat "$work/people.txt"

echo "== first half: critiques and revisions"
ask revise --prompts "$work/first.jsonl" --output "$work/revised.jsonl" --temperature 0.3 --max-tokens 512
jq -c 'select(.error == null) | {prompt, response: .original}' "$work/revised.trail.jsonl" >"$work/originals.jsonl"
jq -c 'select(.error == null) | {prompt, response: .rounds[-1].revision}' "$work/revised.trail.jsonl" >"$work/revisions.jsonl"
echo "revisions against the answers they revise: $(preferred revision "$work/originals.jsonl" "$work/revisions.jsonl")"
train sft cai-sft --model "$model" --data "$work/revised.jsonl" --set sft.batch-size=16 --set sft.epochs=2

echo "== second half: AI preferences, a reward model, PPO"
sft=runs/cai-sft/model
answers "$sft" one "$work/second.jsonl" 1
answers "$sft" other "$work/second.jsonl" 2
echo "two answers of one model: $(preferred preferences "$work/one.jsonl" "$work/other.jsonl")"
train reward-model cai-rm --model "$sft" --data "$work/preferences.jsonl" --set reward-model.batch-size=16 --set reward-model.epochs=2 \
  --set data.held-out=0.2
train ppo cai-ppo --model "$sft" --reward runs/cai-rm/model --data "$work/second.jsonl" --services-precision "$precision" \
  --set prompts.per-update=32 --set sampling.max-new-tokens=64 --set ppo.updates=10 --set ppo.minibatches=2 --set kl.coefficient=0.05 \
  --set value.trunk=shared
./parley report cai-rm
./parley report cai-ppo

echo "== other questions, judged by the principles"
answers "$model" before "$work/measured.jsonl" 3
answers "$sft" after-sft "$work/measured.jsonl" 3
answers runs/cai-ppo/model after-ppo "$work/measured.jsonl" 3
echo "after sft against before: $(preferred sft-judged "$work/before.jsonl" "$work/after-sft.jsonl")"
echo "after ppo against after sft: $(preferred ppo-judged "$work/after-sft.jsonl" "$work/after-ppo.jsonl")"
