#!/bin/sh
# Writes sums of two numbers below 100: some worked ones to imitate, others as prompts to learn from by trying, and others again to
# measure on. No sum is in two of the files.
#   make-data.sh DIRECTORY SEED
set -eu
mkdir -p "$1"
awk -v out="$1" -v seed="$2" 'BEGIN {
  srand(seed)
  for (i = 0; i < 10000; i++) order[i] = i
  for (i = 9999; i > 0; i--) { j = int(rand() * (i + 1)); t = order[i]; order[i] = order[j]; order[j] = t }
  for (i = 0; i < 10000; i++) {
    a = int(order[i] / 100); b = order[i] % 100
    if (i < 1500) printf "{\"messages\":[{\"role\":\"user\",\"content\":\"%d+%d=\"},{\"role\":\"assistant\",\"content\":\"%d\"}]}\n", a, b, a + b > (out "/demonstrations.jsonl")
    else printf "{\"prompt\":[{\"role\":\"user\",\"content\":\"%d+%d=\"}],\"reference_answer\":\"%d\"}\n", a, b, a + b > (out "/" (i < 2000 ? "held-out" : "prompts") ".jsonl")
  }
}'
