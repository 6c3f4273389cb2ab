"""Sampled generation by transformers; prints new tokens per second as one JSON line."""

import argparse
import json
import time

import torch
from transformers import AutoModelForCausalLM


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--prompt-tokens", type=int, required=True)
    parser.add_argument("--new-tokens", type=int, required=True)
    parser.add_argument("--warm-up-seconds", type=float, required=True, help="so long it is repeated first, not timed")
    parser.add_argument("--seconds", type=float, required=True, help="it is repeated until so much time has gone by")
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()

    def generate(count):
        prompts = torch.randint(3, model.config.vocab_size, (args.rows, args.prompt_tokens))
        model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=True,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            min_new_tokens=count,
            max_new_tokens=count,
        )

    def rate(seconds):
        """New tokens per second of rounds that are repeated until so much time has gone by, at least one."""
        rounds = 0
        begin = time.perf_counter()
        while rounds == 0 or time.perf_counter() - begin < seconds:
            generate(args.new_tokens)
            rounds += 1
        return rounds * args.rows * args.new_tokens / (time.perf_counter() - begin)

    rate(args.warm_up_seconds)
    print(json.dumps({"tokensPerSecond": rate(args.seconds)}))


if __name__ == "__main__":
    main()
