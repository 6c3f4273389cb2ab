#!/usr/bin/env bash
# How many pods and GPUs a run of PPO needs: a table by model size, calculated and not measured. docs/operations.md explains it.
#
#   deploy/size.sh SAMPLES_PER_HOUR PROMPT_TOKENS ANSWER_TOKENS EPOCHS
#
#   SHARE_BANDWIDTH   of the GPU's memory bandwidth that decoding reaches                (0.40)
#   SHARE_FLOPS       of its bfloat16 rate that passes over whole answers reach          (0.35)
#   ROWS              answers that a policy makes at once, engine.max-rows               (64)
#   GPU_GB, GPU_TBS, GPU_TFLOPS   the GPU: memory, bandwidth, bfloat16 rate              (80, 3.35, 989)
set -euo pipefail

if [ $# -ne 4 ] || [[ ! $1$2$3$4 =~ ^[0-9]+$ ]] || [ "$3" -eq 0 ]; then
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
fi

# Name, parameters in billions, layers, heads of keys and values, width of a head: as Qwen2.5 and Llama 3.1 have them.
shapes='0.5B 0.49 24 2 64
1.5B 1.54 28 2 128
3B 3.09 36 2 128
8B 8.03 32 8 128'

awk -v target="$1" -v prompt="$2" -v answer="$3" -v epochs="$4" -v rows="${ROWS:-64}" -v memory="${GPU_GB:-80}" \
  -v terabytes="${GPU_TBS:-3.35}" -v teraflops="${GPU_TFLOPS:-989}" \
  -v share_bandwidth="${SHARE_BANDWIDTH:-0.40}" -v share_flops="${SHARE_FLOPS:-0.35}" '
function thousands(number) {
  return number >= 1e6 ? sprintf("%.1f M", number / 1e6) : sprintf("%.0f k", number / 1e3)
}
function pods(rate) {
  return target <= rate ? 1 : int(target / rate) + (target % rate > 0)
}
function fits(gigabytes, decimals) {
  return sprintf("%." decimals "f%s", gigabytes, gigabytes > memory ? " (too large for one GPU)" : "")
}
BEGIN {
  printf "%d samples/h, prompts of %d and answers of %d tokens, %d epochs, GPU of %d GB, %.2f TB/s, %d TFLOP/s\n\n",
    target, prompt, answer, epochs, memory, terabytes, teraflops
  print "| model | policy: GB, samples/h, pods | reward and reference, each: GB, samples/h, pods | trainer, all weights: GB" \
    " | trainer, LoRA: GB | trainer: samples/h of one GPU | GPUs |"
  print "|---|---|---|---|---|---|---|"
  bandwidth = share_bandwidth * terabytes * 1e12
  flops = share_flops * teraflops * 1e12
}
{
  parameters = $2 * 1e9
  weights = 2 * parameters
  # Keys and values of one token, in two bytes each.
  token = 2 * $3 * $4 * $5 * 2

  # A decode step reads all weights, and what is cached of all rows: half of the answer on average.
  step = (weights + rows * (prompt + answer / 2) * token) / bandwidth
  policy = 3600 * rows / (answer * step)
  policy_memory = (weights + rows * (prompt + answer) * token) / 1e9

  # Two operations per parameter and token forward; a fifth of the memory is for the pass.
  forward = 2 * parameters * (prompt + answer) / flops
  judge = 3600 / forward
  judge_memory = 1.2 * weights / 1e9

  # Policy and value model: forward and back, three times a forward pass, in each epoch, and the old log-probabilities once.
  trainer = 3600 / (2 * forward * (3 * epochs + 1))
  all_memory = 2 * 18 * parameters / 1e9
  lora_memory = 2 * 1.15 * weights / 1e9

  printf "| %s | %s, %s, %d | %s, %s, %d | %s | %s | %s | %d%s |\n", $1,
    fits(policy_memory, 1), thousands(policy), pods(policy),
    fits(judge_memory, 1), thousands(judge), pods(judge),
    fits(all_memory, 0), fits(lora_memory, 0), thousands(trainer),
    pods(policy) + 2 * pods(judge) + 1,
    trainer < target ? ", and the trainer limits the run to " thousands(trainer) : ""
}' <<<"$shapes"
