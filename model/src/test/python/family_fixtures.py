"""Makes small random models of families with sliding windows and norms of heads, and records what transformers says.

The results are directories in fixtures/models, in the layout of fixtures/README.md, and their entries in
fixtures/models/index.json; FixtureModelsTest holds the decoder against them:

    pip install torch transformers==4.57.6
    python model/src/test/python/family_fixtures.py

Windows are shorter than the rows. Files of config.json are spelled as on the hub before transformers 5.
"""

import copy
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForSequenceClassification,
    __version__,
)

MODELS = pathlib.Path(__file__).resolve().parents[1] / "resources/fixtures/models"
LENGTHS = [12, 7, 9, 1]
NEW_TOKENS = 16
SMALLEST_GAP = 0.03
COMMON = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 40, "num_attention_heads": 4, "num_key_value_heads": 2,
    "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
TOLERANCE = {"rtol": 1e-4, "atol": 2e-4}
CASES = [
    {
        "name": "mistral_window", "make": MistralForCausalLM, "dtype": torch.float32,
        "features": ["gqa", "sliding_window"],
        "config": MistralConfig(
            **COMMON, num_hidden_layers=2, sliding_window=4, rms_norm_eps=1e-5, tie_word_embeddings=False),
        "drop": ["head_dim"]},
    {
        "name": "gemma2_window", "make": Gemma2ForCausalLM, "dtype": torch.bfloat16,
        "features": [
            "gqa", "head_dim", "norm_one_plus_w", "embed_scale", "gelu_tanh", "tied_embeddings", "softcap",
            "query_pre_attn_scalar", "post_norms", "sliding_window", "bf16_weights"],
        "config": Gemma2Config(
            **COMMON, num_hidden_layers=3, head_dim=6, query_pre_attn_scalar=9, sliding_window=5,
            attn_logit_softcapping=3.0, final_logit_softcapping=8.0),
        # The published files say nothing of layers and tied embeddings, and name the activation twice.
        "drop": ["layer_types", "tie_word_embeddings"], "add": {"hidden_act": "gelu_pytorch_tanh"}},
    {
        "name": "qwen3_reward", "make": Qwen3ForSequenceClassification, "dtype": torch.float32,
        "features": ["gqa", "qk_norm", "head_dim", "tied_embeddings", "reward_head"],
        "config": Qwen3Config(
            **COMMON, num_hidden_layers=2, head_dim=10, num_labels=1, rope_theta=1e6, tie_word_embeddings=True),
        "drop": ["layer_types"]},
]


def random_weights(model, generator, dtype):
    """Norms off their neutral value, matrices of a size that gives logits a spread of a few units."""
    zero_centred = model.config.model_type == "gemma2"
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.dim() == 1:
                values = 0.2 * noise + (0.0 if zero_centred else 1.0)
            elif name == "model.embed_tokens.weight":
                values = 0.3 * noise
            else:
                values = 1.2 * noise / p.shape[1] ** 0.5
            p.copy_(values.to(dtype))


def padded(rows, side):
    width = max(len(row) for row in rows)
    ids, mask = [], []
    for row in rows:
        padding = [0] * (width - len(row))
        ids.append(padding + row if side == "left" else row + padding)
        mask.append([0] * len(padding) + [1] * len(row) if side == "left" else [1] * len(row) + [0] * len(padding))
    mask = torch.tensor(mask)
    return torch.tensor(ids), mask, (mask.cumsum(1) - 1).clamp(min=0) * mask


def log_probs(logits, ids, mask):
    seen = mask[:, :-1] * mask[:, 1:]
    chosen = logits.log_softmax(-1)[:, :-1].gather(2, ids[:, 1:, None])[..., 0]
    return chosen * seen, seen


def outputs(model, ids, mask, positions):
    logits = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits
    return logits[:, 0] if logits.dim() == 2 else logits * mask[..., None]


def side_of(model, rows, side, reward):
    ids, mask, positions = padded(rows, side)
    values = outputs(model, ids, mask, positions)
    precise = outputs(copy.deepcopy(model).double(), ids, mask, positions)
    text = {"input_ids": ids.tolist(), "attention_mask": mask.tolist(), "position_ids": positions.tolist()}
    tensors = {"input_ids": ids, "attention_mask": mask, "position_ids": positions}
    if reward:
        text["rewards"] = values.tolist()
        tensors["rewards"] = values
    else:
        chosen, seen = log_probs(values, ids, mask)
        text |= {"logprobs": chosen.tolist(), "logprob_mask": seen.tolist()}
        tensors |= {"logits": values, "logprobs": chosen, "logprob_mask": seen}
    text["fp32_vs_fp64_max_abs_err"] = (values - precise).abs().max().item()
    return text, {f"{side}.{key}": value.contiguous() for key, value in tensors.items()}


def greedy(model, rows):
    """By full passes, one row at a time; asserted to be what transformers' own generation gives."""
    ids, chosen, gap = [], [], float("inf")
    for row in rows:
        tokens, said = list(row), []
        for _ in range(NEW_TOKENS):
            last = model(input_ids=torch.tensor([tokens])).logits[0, -1]
            best = last.topk(2)
            gap = min(gap, (best.values[0] - best.values[1]).item())
            said.append(last.log_softmax(-1).max().item())
            tokens.append(best.indices[0].item())
        ids.append(tokens[len(row):])
        chosen.append(said)
    left, mask, _ = padded(rows, "left")
    model.generation_config.eos_token_id = None
    generated = model.generate(input_ids=left, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False)
    assert gap < SMALLEST_GAP or generated[:, left.shape[1]:].tolist() == ids
    return {
        "max_new_tokens": NEW_TOKENS, "eos_token_id": None, "ids": ids, "logprobs": chosen,
        "min_top1_top2_logit_gap": gap}


def until_eos(said):
    eos = said["ids"][0][4]
    ends = [row.index(eos) + 1 if eos in row else NEW_TOKENS for row in said["ids"]]
    ids = [(row[:end] + [0] * NEW_TOKENS)[:max(ends)] for row, end in zip(said["ids"], ends)]
    return {
        "max_new_tokens": NEW_TOKENS, "eos_token_id": eos, "pad_token_id": 0, "ids": ids,
        "note": "after its EOS a row is filled with pad_token_id; generation ends when every row has ended or after 16"}


def config_json(case, model):
    dtype = str(case["dtype"])[6:]
    fields = model.config.to_diff_dict() | {"torch_dtype": dtype} | case.get("add", {})
    for name in ["dtype", *case["drop"]]:
        fields.pop(name, None)
    return fields | {"architectures": [case["make"].__name__]}


def text(value, indent):
    """JSON with one line for each field and each row of numbers."""
    if isinstance(value, dict) and indent < 3:
        fields = [f'{" " * indent}{json.dumps(k)}: {text(v, indent + 1)}' for k, v in value.items()]
        return "{\n" + ",\n".join(fields) + "\n" + " " * (indent - 1) + "}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        rows = [" " * indent + json.dumps(row) for row in value]
        return "[\n" + ",\n".join(rows) + "\n" + " " * (indent - 1) + "]"
    return json.dumps(value)


def make(case):
    reward = "ForSequenceClassification" in case["make"].__name__
    for seed in range(1000):
        generator = torch.Generator().manual_seed(seed)
        case["config"]._attn_implementation = "eager"
        model = case["make"](case["config"]).eval()
        random_weights(model, generator, case["dtype"])
        rows = [torch.randint(3, 96, (length,), generator=generator).tolist() for length in LENGTHS]
        said = None if reward else greedy(model, rows)
        if reward or said["min_top1_top2_logit_gap"] >= SMALLEST_GAP:
            break
    directory = MODELS / case["name"]
    directory.mkdir(exist_ok=True)
    stored = {name: p.detach().to(case["dtype"]).contiguous() for name, p in model.named_parameters()}
    save_file(stored, directory / "model.safetensors", metadata={"format": "pt"})
    fields = config_json(case, model)
    (directory / "config.json").write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n")
    entry = {
        "name": case["name"], "architecture": case["make"].__name__, "model_type": model.config.model_type,
        "features": case["features"], "optional": "sliding_window" in case["features"],
        "weights_dtype": fields["torch_dtype"], "weight_files": ["model.safetensors"], "config_style": "v4",
        "num_parameters": sum(p.numel() for p in stored.values())}
    io = entry | {
        "weight_names": sorted(stored),
        "source": f"transformers {__version__} {entry['architecture']}, attn_implementation=eager, weights loaded as float32",
        "tolerance": {"logits": TOLERANCE, "logprobs": TOLERANCE}}
    tensors = {}
    for side in ("left", "right"):
        io[side], more = side_of(model, rows, side, reward)
        tensors |= more
    if said:
        io |= {"greedy": said, "greedy_eos": until_eos(said)}
    (directory / "io.json").write_text(text(io, 1) + "\n")
    save_file(tensors, directory / "io.safetensors")
    print(f"{case['name']}: seed {seed}, {entry['num_parameters']} parameters, logits' spread "
          f"{tensors.get('left.logits', tensors.get('left.rewards')).std().item():.2f}")
    return entry


def main():
    path = MODELS / "index.json"
    entries = {entry["name"]: entry for entry in json.loads(path.read_text())["models"]}
    with torch.no_grad():
        for case in CASES:
            entries[case["name"]] = make(case)
    blocks = [
        "  {\n" + ",\n".join(f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in entry.items()) + "\n  }"
        for entry in entries.values()]
    path.write_text('{\n "models": [\n' + ",\n".join(blocks) + "\n ]\n}\n")


if __name__ == "__main__":
    main()
