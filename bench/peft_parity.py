#!/usr/bin/env python3
"""Loads adapters that Parley saved with Python's peft, and compares their logits with the originals'.

    python3 bench/peft_parity.py ORIGINAL SAVED [--merged MERGED]

ORIGINAL and SAVED are adapters' directories, or directories that hold adapters' directories of the same names. Each pair
must load on its base without a missing or unexpected tensor, and give the same logits in float32 up to --tolerance.
MERGED is what `parley models merge SAVED` wrote (or a directory of such): loaded by transformers alone, its logits
may differ by --merge-tolerance, since W x + s B A x and (W + s B A) x round differently. Ends with 1 if one does
not hold. Needs torch, transformers and peft.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

OPTIONS = {"dtype": torch.float32, "attn_implementation": "eager"}


def base_of(directory, config):
    name = Path(config["base_model_name_or_path"])
    return name if name.is_absolute() else (directory / name).resolve()


def load(directory):
    """Returns the adapted model in float32, and what loading complained about."""
    config = json.loads((directory / "adapter_config.json").read_text())
    base = base_of(directory, config)
    if config["task_type"] == "SEQ_CLS":
        model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1, **OPTIONS)
        model.config.pad_token_id = 0
    else:
        model = AutoModelForCausalLM.from_pretrained(base, **OPTIONS)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(model, directory)
    complaints = [str(w.message).splitlines()[0] for w in said if "missing" in str(w.message) or "unexpected" in str(w.message)]
    return model.eval(), complaints


def load_merged(directory):
    architecture = json.loads((directory / "config.json").read_text())["architectures"][0]
    kind = (
        AutoModelForSequenceClassification
        if architecture.endswith("ForSequenceClassification")
        else AutoModelForCausalLM
    )
    model, report = kind.from_pretrained(directory, output_loading_info=True, **OPTIONS)
    model.config.pad_token_id = 0
    return model.eval(), [f"{what}: {sorted(map(str, names))}" for what, names in report.items() if names]


@torch.no_grad()
def logits(model, options):
    generator = torch.Generator().manual_seed(options.seed)
    config = model.config
    tokens = min(options.tokens, config.max_position_embeddings)
    ids = torch.randint(3, config.vocab_size, (options.rows, tokens), generator=generator)
    return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


def differ(a, b):
    return (a - b).abs().max().item() if a.shape == b.shape else float("nan")


def compare(original, saved, merged, options):
    first, complaints = load(original)
    second, more = load(saved)
    complaints = [f"original {c}" for c in complaints] + [f"saved {c}" for c in more]
    expected = logits(first, options)
    difference = differ(expected, logits(second, options))
    if not difference <= options.tolerance:
        complaints.append("logits differ")
    text = ""
    if merged:
        whole, more = load_merged(merged)
        complaints += [f"merged {c}" for c in more]
        apart = differ(expected, logits(whole, options))
        text = f" merged {apart:.3g}"
        if not apart <= options.merge_tolerance:
            complaints.append("the merged model's logits differ")
    print(
        f"{original.name:26} {type(second.get_base_model()).__name__:30} logits {tuple(expected.shape)}"
        f" max |difference| {difference:.3g}{text} {'; '.join(complaints) or 'ok'}")
    return not complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", type=Path)
    parser.add_argument("saved", type=Path)
    parser.add_argument("--merged", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.0, help="largest difference of a logit (default 0)")
    parser.add_argument("--merge-tolerance", type=float, default=2e-4, help="the same of the merged model (default 2e-4)")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}")
    if (options.saved / "adapter_config.json").exists():
        pairs = [(options.original, options.saved, options.merged)]
    else:
        pairs = [
            (options.original / d.name, d, options.merged and options.merged / d.name)
            for d in sorted(options.saved.iterdir()) if d.is_dir()]
    if not pairs:
        sys.exit(f"{options.saved} holds no adapters")
    results = [compare(*pair, options) for pair in pairs]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
