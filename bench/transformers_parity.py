#!/usr/bin/env python3
"""Loads models that Parley saved with Python transformers, and compares their logits with the originals'.

    python3 bench/transformers_parity.py ORIGINAL SAVED

Both are model directories, or directories that hold model directories of the same names. Each pair must load without
a missing, unexpected or misshapen tensor, and give the same logits in float32 up to --tolerance. Ends with 1 if one
does not. Needs torch and transformers (4.57 was used).
"""

import argparse
import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedTokenizerFast

SENTENCE = "Héllo, world!\n\tfor i in range(10): 東京 🙂"


def load(directory):
    """Returns the model in float32, and what loading complained about."""
    architecture = json.loads((directory / "config.json").read_text())["architectures"][0]
    kind = (
        AutoModelForSequenceClassification
        if architecture.endswith("ForSequenceClassification")
        else AutoModelForCausalLM
    )
    model, report = kind.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    complaints = [f"{what}: {sorted(map(str, names))}" for what, names in report.items() if names]
    return model.eval(), complaints


@torch.no_grad()
def logits(model, seed, rows, tokens):
    generator = torch.Generator().manual_seed(seed)
    tokens = min(tokens, model.config.max_position_embeddings)
    ids = torch.randint(3, model.config.vocab_size, (rows, tokens), generator=generator)
    return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


def same_tokens(original, saved):
    if not (original / "tokenizer.json").exists():
        return None
    # Not AutoTokenizer: tokenizer_config.json may name a class that only a newer transformers has.
    ids = [
        PreTrainedTokenizerFast(tokenizer_file=str(d / "tokenizer.json"))(SENTENCE).input_ids for d in (original, saved)
    ]
    return ids[0] == ids[1]


def compare(original, saved, options):
    first, complaints = load(original)
    second, more = load(saved)
    complaints = [f"original {c}" for c in complaints] + [f"saved {c}" for c in more]
    if type(first) is not type(second):
        complaints.append(f"saved as {type(second).__name__}")
    a = logits(first, options.seed, options.rows, options.tokens)
    b = logits(second, options.seed, options.rows, options.tokens)
    difference = (a - b).abs().max().item() if a.shape == b.shape else float("nan")
    if not difference <= options.tolerance:
        complaints.append("logits differ")
    tokens = same_tokens(original, saved)
    if tokens is False:
        complaints.append("tokenizers differ")
    stored = json.loads((saved / "config.json").read_text())
    print(
        f"{original.name:24} {type(second).__name__:32} {stored.get('dtype', stored.get('torch_dtype')):9}"
        f" logits {tuple(a.shape)} max |difference| {difference:.3g}"
        f" {'' if tokens is None else 'same tokens ' if tokens else ''}{'; '.join(complaints) or 'ok'}"
    )
    return not complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", type=Path)
    parser.add_argument("saved", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.0, help="largest difference of a logit (default 0)")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    if (options.saved / "config.json").exists():
        pairs = [(options.original, options.saved)]
    else:
        pairs = [(options.original / d.name, d) for d in sorted(options.saved.iterdir()) if d.is_dir()]
    if not pairs:
        sys.exit(f"{options.saved} holds no model directories")
    results = [compare(original, saved, options) for original, saved in pairs]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
