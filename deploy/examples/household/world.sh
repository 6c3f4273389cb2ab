# Sourced by the scripts beside it: the quickstart's world of one seed, made once, and what is measured in it.
#   world SEED            makes runs/household-SEED: fine-tuned model, prompts, held-out questions, compared answers, reward model
#   measured RUN OPTIONS  measures RUN's full checkpoints, newest last, into runs/RUN-measured.jsonl and prints them as a table

world() {
  world=household-$1
  sft=runs/$world/sft/model
  prompts=runs/$world/data/prompts.jsonl
  if [ ! -f "runs/$world/summary.json" ]; then
    rm -rf "runs/$world"
    ./parley quickstart --run "$world" --seed "$1" --updates 1 --no-browser >&2
  fi
}

# The policy learns on half of the quickstart's prompts an update; its critic starts from a reward model.
#   ppo RUN REWARD CRITIC SETTINGS…
ppo() {
  run=$1 reward=$2 critic=$3
  shift 3
  if [ ! -d "runs/$run/model" ]; then
    rm -rf "runs/$run" # one that was cut off
    ./parley train ppo --model "$sft" --reward "$reward" --data "$prompts" --run "$run" \
      --set prompts.per-update=64 --set sampling.max-new-tokens=64 --set value.trunk=separate --set "value.path=$critic" \
      --set value.learning-rate=1e-3 --set ppo.epochs=2 --set ppo.minibatches=2 \
      --set engine.micro-batch-tokens=8192 --set checkpoint.keep=1000 --set run.seed="$seed" "$@" >&2
  fi
}

measured() {
  run=$1
  shift
  if [ ! -s "runs/$run-measured.jsonl" ]; then
    ./parley quickstart measure --run "$world" --json "$@" "runs/$run"/checkpoints/update-* >"runs/$run-measured.part"
    mv "runs/$run-measured.part" "runs/$run-measured.jsonl"
  fi
  rows "$run" <"runs/$run-measured.jsonl"
}

# Reads what `measure --json` printed; prints name, update or n, KL, √KL, gold and its error, proxy.
rows() {
  awk -v name="$1" '
    function field(key,  at) {
      at = match($0, "\"" key "\":[-0-9.E]+")
      return at ? substr($0, at + length(key) + 3, RLENGTH - length(key) - 3) + 0 : "nan"
    }
    {
      model = $0; sub(/","kl".*/, "", model); sub(/.*[^0-9]/, "", model)
      kl = field("kl")
      printf "%-28s %6d %8.3f %6.2f %8.3f %6.3f %8.3f\n", name, model, kl, sqrt(kl > 0 ? kl : 0), field("gold"), field("gold_error"), field("proxy")
    }'
}
