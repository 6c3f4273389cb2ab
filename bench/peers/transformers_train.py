"""Whole optimizer steps of a causal language model by transformers and torch; prints tokens per second as one JSON line."""

import argparse
import json
import time

import torch
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--length", type=int, required=True, help="tokens of a row")
    parser.add_argument("--warm-ups", type=int, required=True, help="steps that are not timed")
    parser.add_argument("--seconds", type=float, required=True, help="steps are repeated until so much time has gone by")
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01, fused=True)
    tokens = torch.randint(3, model.config.vocab_size, (args.rows, args.length))

    def step():
        loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    for _ in range(args.warm_ups):
        step()
    steps = 0
    begin = time.perf_counter()
    while steps == 0 or time.perf_counter() - begin < args.seconds:
        step()
        steps += 1
    seconds = time.perf_counter() - begin
    print(json.dumps({"tokensPerSecond": steps * args.rows * args.length / seconds}))


if __name__ == "__main__":
    main()
