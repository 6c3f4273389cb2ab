# For the scripts beside it, which set here, work, seed and start: a model that has imitated worked sums, and how often one is right.

# Makes the model that the others start from, if it is not there.
imitate() {
  if [ ! -d "$start" ]; then
    sh "$here/make-data.sh" "$work" "$seed"
    ./parley train sft --model "$here/model" --from-scratch --data "$work/demonstrations.jsonl" --run "arithmetic-$seed-sft" \
      --set run.seed="$seed" --set optimizer.learning-rate=2e-3 --set sft.epochs=40 --set data.held-out=0 >&2
  fi
}

# The share of right answers, drawn as in training.
accuracy() {
  rm -f "$work/$2.jsonl" "$work/$2-scores.jsonl"
  ./parley generate "$1" --input "$work/held-out.jsonl" --output "$work/$2.jsonl" --max-new-tokens 8 --temperature 1 --seed 1 >&2
  ./parley score --scorer math --input "$work/$2.jsonl" --output "$work/$2-scores.jsonl" >&2
  awk -v who="$2" '/"score":1(\.0)?[,}]/ { right++ } END { printf "%s: %.3f of %d held-out sums right\n", who, right / NR, NR }' "$work/$2-scores.jsonl"
}
