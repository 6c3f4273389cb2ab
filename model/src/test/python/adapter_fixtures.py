"""Makes small random LoRA adapters with PEFT on models of the fixtures, and records what PEFT's models say and learn.

The results are directories in fixtures/adapters, in PEFT's own layout with io.safetensors and io.json beside it, and
fixtures/adapters/index.json; FixtureAdaptersTest holds Parley against them:

    pip install torch transformers peft
    python model/src/test/python/adapter_fixtures.py

adapter_config.json names its base relative to itself, so that the fixtures can lie anywhere.
"""

import json
import pathlib

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "resources/fixtures"
LENGTHS = [8, 5]
TOLERANCE = {"logits": {"rtol": 1e-4, "atol": 2e-4}, "gradients": {"rtol": 1e-3, "atol": 1e-4}}
CASES = [
    {"name": "llama_q_v", "base": "llama_gqa_tied", "config": {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]}},
    {"name": "qwen2_all_linear_rslora", "base": "qwen2",
     "config": {"r": 3, "lora_alpha": 6, "target_modules": "all-linear", "use_rslora": True}},
    {"name": "gpt2_conv1d", "base": "gpt2",
     "config": {"r": 4, "lora_alpha": 6, "target_modules": ["c_attn", "c_proj", "c_fc"], "fan_in_fan_out": True}},
    {"name": "gemma2_patterns", "base": "gemma2_window",
     "config": {"r": 2, "lora_alpha": 4, "target_modules": "all-linear", "rank_pattern": {"q_proj": 4, "down_proj": 1},
                "alpha_pattern": {"layers.1.mlp.up_proj": 9, "v_proj": 3}}},
    {"name": "llama_saved_head", "base": "llama_rope3_sharded",
     "config": {"r": 2, "lora_alpha": 4, "target_modules": ["o_proj", "down_proj"], "modules_to_save": ["lm_head"]}},
    {"name": "qwen3_reward", "base": "qwen3", "reward": True,
     "config": {"r": 4, "lora_alpha": 8, "target_modules": ["k_proj", "gate_proj", "up_proj"]}},
]


def batch(vocabulary, generator):
    ids = torch.zeros(len(LENGTHS), max(LENGTHS), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(3, vocabulary, (length,), generator=generator)
        mask[row, :length] = 1
    return ids, mask


def opened(case):
    directory = FIXTURES / "models" / case["base"]
    options = {"dtype": torch.float32, "attn_implementation": "eager"}
    if case.get("reward"):
        model = AutoModelForSequenceClassification.from_pretrained(directory, num_labels=1, **options)
        # The padding stands on the right, and the head is read at the last token before it.
        model.config.pad_token_id = 0
        return model.eval()
    return AutoModelForCausalLM.from_pretrained(directory, **options).eval()


def said(model, ids, mask, reward):
    if reward:
        return model(input_ids=ids, attention_mask=mask).logits[:, 0]
    return model(input_ids=ids, attention_mask=mask).logits


def loss_of(values, ids, mask, coefficients, reward):
    """sum c log p(next token), or sum (c reward)^2."""
    if reward:
        return (coefficients[:, 0] * values).square().sum()
    chosen = values.log_softmax(-1)[:, :-1].gather(2, ids[:, 1:, None])[..., 0]
    return (coefficients * chosen * mask[:, 1:]).sum()


def make(case, seed):
    generator = torch.Generator().manual_seed(seed)
    reward = case.get("reward", False)
    torch.manual_seed(seed)
    base = opened(case)
    vocabulary = base.config.vocab_size
    task = "SEQ_CLS" if reward else "CAUSAL_LM"
    model = get_peft_model(base, LoraConfig(task_type=task, **case["config"])).eval()
    learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for p in learning.values():
            p.copy_(torch.randn(p.shape, generator=generator) * (0.5 / p.shape[1] ** 0.5 + 0.05))

    ids, mask = batch(vocabulary, generator)
    coefficients = torch.randn(ids.shape[0], ids.shape[1] - 1, generator=generator)
    values = said(model, ids, mask, reward)
    loss = loss_of(values, ids, mask, coefficients, reward)
    loss.backward()

    directory = FIXTURES / "adapters" / case["name"]
    directory.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(directory)
    (directory / "README.md").unlink()
    config = json.loads((directory / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = f"../../models/{case['base']}"
    for field in ("target_modules", "modules_to_save"):
        if isinstance(config[field], list):
            config[field] = sorted(config[field])
    (directory / "adapter_config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")

    saved = load_file(directory / "adapter_model.safetensors")
    inner = {name.replace(".default", "").replace(".modules_to_save", ""): p.grad for name, p in learning.items()}
    assert set(inner) == set(saved), set(inner) ^ set(saved)
    tensors = {f"gradient.{name}": g.contiguous() for name, g in inner.items()}
    tensors |= {"input_ids": ids, "attention_mask": mask, "coefficients": coefficients}
    with torch.no_grad():
        merged = said(model.merge_and_unload(), ids, mask, reward)
    if reward:
        tensors["rewards"] = values.detach()
        difference = (merged - values).abs().max().item()
    else:
        tensors["logits"] = values.detach() * mask[..., None]
        difference = ((merged - values) * mask[..., None]).abs().max().item()
    save_file({name: t.contiguous() for name, t in tensors.items()}, directory / "io.safetensors")
    io = {
        "name": case["name"], "base": case["base"], "config": case["config"], "loss": loss.item(),
        "merged_vs_adapted_max_abs_err": difference, "tolerance": TOLERANCE,
        "loss_is": "sum (coefficients[:, 0] * reward)^2" if reward else "sum coefficients * log p(next token)",
        "source": f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]},"
                  " attn_implementation=eager, weights loaded as float32"}
    (directory / "io.json").write_text(json.dumps(io, indent=1) + "\n")
    print(f"{case['name']}: {sum(p.numel() for p in learning.values())} numbers learn, loss {loss.item():.4f}, "
          f"merged differs by {difference:.1e}")
    return {"name": case["name"], "base": case["base"], "task_type": task}


def main():
    entries = [make(case, seed) for seed, case in enumerate(CASES, start=1)]
    lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
    (FIXTURES / "adapters" / "index.json").write_text('{\n "adapters": [\n' + lines + "\n ]\n}\n")


if __name__ == "__main__":
    main()
