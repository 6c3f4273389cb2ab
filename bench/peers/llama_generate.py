"""Sampled generation by llama.cpp; prints new tokens per second as one JSON line."""

import argparse
import json
import random
import time

import llama_cpp


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a GGUF file")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--prompt-tokens", type=int, required=True)
    parser.add_argument("--new-tokens", type=int, required=True)
    parser.add_argument("--warm-up-seconds", type=float, required=True, help="so long it is repeated first, not timed")
    parser.add_argument("--seconds", type=float, required=True, help="it is repeated until so much time has gone by")
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()

    model = llama_cpp.llama_model_load_from_file(args.model.encode(), llama_cpp.llama_model_default_params())
    if not model:
        raise SystemExit(f"llama.cpp cannot load {args.model}")
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = args.rows * 256
    params.n_seq_max = args.rows
    params.n_batch = params.n_ubatch = max(512, args.rows * args.prompt_tokens)
    params.n_threads = params.n_threads_batch = args.threads
    context = llama_cpp.llama_init_from_model(model, params)
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    sampler = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    llama_cpp.llama_sampler_chain_add(sampler, llama_cpp.llama_sampler_init_dist(1))
    batch = llama_cpp.llama_batch_init(params.n_batch, 0, args.rows)
    draw = random.Random(1)

    def decode(entries):
        """Computes (token, position, row, whether its logits are wanted) for each entry."""
        batch.n_tokens = len(entries)
        for i, (token, position, row, wanted) in enumerate(entries):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = row
            batch.logits[i] = wanted
        code = llama_cpp.llama_decode(context, batch)
        if code != 0:
            raise SystemExit(f"llama_decode returned {code}")
        return [
            llama_cpp.llama_sampler_sample(sampler, context, i) for i, (_, _, _, wanted) in enumerate(entries) if wanted
        ]

    def generate(count):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        last = args.prompt_tokens - 1
        tokens = decode(
            [(draw.randrange(3, vocabulary), t, row, t == last) for row in range(args.rows) for t in range(last + 1)]
        )
        for position in range(args.prompt_tokens, args.prompt_tokens + count - 1):
            tokens = decode([(token, position, row, True) for row, token in enumerate(tokens)])

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
