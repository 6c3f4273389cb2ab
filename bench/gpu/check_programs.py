"""Runs Parley's TorchScript programs on a GPU and on the CPU and compares: for machines with a GPU and no Java.

    python3 bench/gpu/check_programs.py

The programs are packed as the Java side packs them. Weights are random, of the shape of SmolLM2-135M. Speeds stand
beside those of transformers, if that is installed, with the same weights on the same GPU, in turns; nothing samples and
no optimizer steps on either side. The use of the GPU (MFU) is what the products of a step need, without anything that is
computed again, against a plain product of matrices in the same precision, measured in the same run. Without a GPU the CPU
stands in for it, with a small shape: that tries this script, not the GPU.
"""

import binascii
import io
import math
import pathlib
import statistics
import time
import zipfile

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "model/src/main/resources/dev/parley/model/decoder"

GPU = torch.cuda.is_available()
DEVICE = "cuda" if GPU else "cpu"
LAYERS, HIDDEN, HEADS, KEY_HEADS, HEAD, INNER, VOCABULARY = (
    (30, 576, 9, 3, 64, 1536, 49152) if GPU else (2, 64, 4, 2, 16, 96, 512))
SLOTS, ADAPTERS, RANK = 16, 11, 8
WINDOW, CAP, FACTOR = 0, 0.0, 1.0
SPEC = [LAYERS, HEADS, KEY_HEADS, HEAD, 0, 0, 1, WINDOW] + [0] * LAYERS
REAL = [1e-5, 1 / math.sqrt(HEAD), CAP, FACTOR, 2.0]

HEADER = """class K(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : NoneType
"""
FOOTER = """  def forward(self: __torch__.K, x: Tensor) -> Tensor:
    return x
"""
MODULE = (
    b"\x80\x02c__torch__\nK\nq\x00)\x81}(X\x08\x00\x00\x00trainingq\x01\x88"
    b"X\x16\x00\x00\x00_is_full_backward_hookq\x02Nubq\x03."
)


def program(name):
    source = HEADER + (PROGRAMS / name).read_text().rstrip() + "\n" + FOOTER
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        file.writestr("k/data.pkl", MODULE)
        file.writestr("k/code/__torch__.py", source)
        file.writestr("k/constants.pkl", b"\x80\x02).")
        file.writestr("k/version", "10\n")
    archive.seek(0)
    return torch.jit.load(archive)


def weights(seed):
    generator = torch.Generator().manual_seed(seed)

    def matrix(*shape):
        return torch.randn(*shape, generator=generator) * 0.05

    none = torch.empty(0)
    made = [matrix(VOCABULARY, HIDDEN), none, torch.ones(HIDDEN), none]
    for _ in range(LAYERS):
        made += [torch.ones(HIDDEN), none]
        made += [matrix((HEADS + 2 * KEY_HEADS) * HEAD, HIDDEN), none, matrix(HIDDEN, HEADS * HEAD), none]
        made += [torch.ones(HIDDEN), none]
        made += [matrix(2 * INNER, HIDDEN), none, matrix(HIDDEN, INNER), none]
        made += [none] * 4
    return made


def adapters(seed):
    """Low-rank adapters of all projections, in the program's order."""
    generator = torch.Generator().manual_seed(seed)

    def matrix(*shape):
        return torch.randn(*shape, generator=generator) * 0.05

    made = []
    for _ in range(LAYERS):
        made += [matrix(3 * RANK, HIDDEN), matrix(HEADS * HEAD, RANK)] + [matrix(KEY_HEADS * HEAD, RANK) for _ in "kv"]
        made += [matrix(RANK, HEADS * HEAD), matrix(HIDDEN, RANK)]
        made += [matrix(2 * RANK, HIDDEN), matrix(INNER, RANK), matrix(INNER, RANK)]
        made += [matrix(RANK, INNER), matrix(HIDDEN, RANK)]
    return made


def frequency():
    return 1.0 / 10000 ** (torch.arange(0, HEAD, 2, dtype=torch.float32) / HEAD)


def batch(lengths, seed):
    """-> ids [N], positions [N], rows [B, T], places [N], as TokenBatch lays them out."""
    generator = torch.Generator().manual_seed(seed)
    longest, total = max(lengths), sum(lengths)
    ids = torch.randint(0, VOCABULARY, (total,), generator=generator)
    positions = torch.cat([torch.arange(length) for length in lengths])
    rows = torch.zeros(len(lengths), longest, dtype=torch.long)
    places = []
    next_token = 0
    for row, length in enumerate(lengths):
        rows[row, :length] = torch.arange(next_token, next_token + length)
        places += [row * longest + t for t in range(length)]
        next_token += length
    return ids, positions, rows, torch.tensor(places)


def to(tensors, device, dtype):
    return [t.to(device, dtype) if t.is_floating_point() else t.to(device) for t in tensors]


def largest_difference(a, b):
    return (a.double().cpu() - b.double().cpu()).abs().max().item()


def hidden(decoder, inputs, chosen, w, device):
    moved = [t.to(device) for t in (*inputs, chosen)]
    return decoder.hidden(*moved, w, [], frequency().to(device), SPEC, REAL)


def forward_and_backward(decoder, head, inputs, targets, w, gradients, chunk, lora=(), lora_gradients=()):
    """The mean log-probability of the targets, one per token, and its gradient; as Java's DecoderPass does it."""
    lora, lora_gradients = list(lora), list(lora_gradients)
    device = w[0].device
    ids, positions, rows, places = (t.to(device) for t in inputs)
    nobody = torch.empty(0, dtype=torch.long, device=device)
    none = torch.empty(0, device=device)
    cos, sin = decoder.angles(positions, frequency().to(device), w[0])
    x = decoder.embed(ids, positions, w[0], w[1], FACTOR)
    kept = []
    for layer in range(LAYERS):
        o, a = 4 + layer * SLOTS, layer * ADAPTERS
        y, *others = decoder.layer(x, w[o:o + SLOTS], lora[a:a + ADAPTERS], cos, sin, rows, places, nobody, WINDOW, SPEC, REAL)
        kept.append((x, others))
        x = y
    h, mean, r = decoder.norm(x, w[2], w[3], SPEC[4], REAL[0])
    log_probs, entropy, *chunks = head.log_probs(h, w[0], targets, none, CAP, chunk, True)
    share = torch.full_like(log_probs, 1.0 / targets.numel())
    d = head.backward(h, w[0], targets, none, CAP, entropy, chunks, share, none, gradients[0], chunk)
    d = decoder.last_norm_backward(d, x, mean, r, w[2], w[3], gradients[2], gradients[3], SPEC[4])
    for layer in reversed(range(LAYERS)):
        o, a = 4 + layer * SLOTS, layer * ADAPTERS
        x, others = kept.pop()
        d = decoder.layer_backward(
            d, x, others, w[o:o + SLOTS], lora[a:a + ADAPTERS], gradients[o:o + SLOTS], lora_gradients[a:a + ADAPTERS],
            cos, sin, rows, places, nobody, WINDOW, SPEC, REAL)
    if gradients[0].numel():
        decoder.embed_backward(d, ids, positions, gradients[0], gradients[1], FACTOR)
    return h, log_probs


def check_forward_and_gradient(decoder, head, adapted):
    inputs = batch([37, 5, 61, 12], seed=1)
    targets = torch.randint(0, VOCABULARY, (inputs[0].numel(),), generator=torch.Generator().manual_seed(2))
    results = {}
    for device, dtype in (("cpu", torch.float32), (DEVICE, torch.float32), (DEVICE, torch.bfloat16)):
        w = to(weights(0), device, dtype)
        lora = to(adapters(4), device, torch.float32) if adapted else []
        lora_gradients = [torch.zeros_like(t) for t in lora]
        gradients = [torch.zeros_like(t, dtype=torch.float32) if not adapted else torch.empty(0, device=device) for t in w]
        h, log_probs = forward_and_backward(
            decoder, head, inputs, targets.to(device), w, gradients, 64, lora, lora_gradients)
        gradients = [g for g in gradients + lora_gradients if g.numel()]
        norm = math.sqrt(sum(g.double().pow(2).sum().item() for g in gradients))
        results[device, dtype] = (h, log_probs, gradients, norm)
    base = results["cpu", torch.float32]
    for (device, dtype), (h, log_probs, gradients, norm) in results.items():
        worst = max(
            largest_difference(g, b) / (b.abs().max().item() + 1e-12) for g, b in zip(gradients, base[2]))
        print(
            f"{device:4} {str(dtype)[6:]:8} {'with adapters, ' if adapted else ''}log-probs differ from cpu float32 by at most "
            f"{largest_difference(log_probs, base[1]):.2e} (median "
            f"{(log_probs.cpu().double() - base[1].double()).abs().median().item():.1e}), "
            f"gradient norm {norm:.6f}, worst array of gradients {worst:.1e} of its largest element")


def make_caches(rows, span, device, dtype):
    return [
        [torch.zeros(rows, KEY_HEADS, span, HEAD, device=device, dtype=dtype) for _ in range(LAYERS)]
        for _ in range(2)]


def check_decoding(decoder, device, dtype):
    """Prefill and steps give the hidden states that the whole rows give."""
    w = to(weights(0), device, dtype)
    lengths = [20, 9]
    ids, positions, rows, places = batch(lengths, seed=3)
    caches = make_caches(len(lengths), 64, device, dtype)
    cache_rows = torch.cat([torch.full((length,), row) for row, length in enumerate(lengths)])
    moved = [t.to(device) for t in (ids, positions, rows, places)]
    decoder.prefill(*moved, w, frequency().to(device), SPEC, REAL, *caches, cache_rows.to(device))
    token = torch.tensor([7, 11], device=device)
    position = torch.tensor(lengths, device=device)
    stepped = decoder.step(
        token, position, torch.arange(len(lengths), device=device), True, max(lengths) + 1, w, frequency().to(device),
        SPEC, REAL, *caches)
    whole = batch([21, 10], seed=3)
    whole_ids = torch.cat([ids[:20], token[:1].cpu(), ids[20:], token[1:].cpu()])
    whole = hidden(decoder, (whole_ids, *whole[1:]), torch.tensor([20, 30]), w, device)
    print(
        f"{device:4} {str(dtype)[6:]:8} a decode step differs from the whole rows by at most "
        f"{largest_difference(stepped, whole):.2e}")


def wait():
    if GPU:
        torch.cuda.synchronize()


def seconds(work):
    wait()
    begin = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - begin


def in_turns(works, turns=5):
    """-> the median seconds of each of some works by its name, the first turn of each left out."""
    taken = {name: [] for name in works}
    for turn in range(turns + 1):
        for name, work in works.items():
            spent = seconds(work)
            if turn > 0:
                taken[name].append(spent)
    return {name: statistics.median(all_seconds) for name, all_seconds in taken.items()}


def report(what, dtype, tokens, works, extra=lambda seconds: ""):
    medians = in_turns(works)
    for name, spent in medians.items():
        print(f"{DEVICE:4} {str(dtype)[6:]:8} {what}, {name}: {tokens / spent:,.0f} tokens/s{extra(spent)}")
    if len(medians) == 2:
        own, peer = medians.values()
        print(f"{DEVICE:4} {str(dtype)[6:]:8} {what}, ratio: {peer / own:.2f}")


def peer_model(w, dtype):
    """transformers' Llama with the weights w; None if transformers is not installed."""
    try:
        from transformers import LlamaConfig, LlamaForCausalLM
    except ImportError as e:
        print(f"transformers cannot be imported ({e}): no peer. `pip install transformers` installs it.")
        return None
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=INNER, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS, head_dim=HEAD, rms_norm_eps=REAL[0], rope_theta=10000.0,
        max_position_embeddings=2048, tie_word_embeddings=True, attn_implementation="sdpa"))
    queries, keys = HEADS * HEAD, KEY_HEADS * HEAD
    state = {"model.embed_tokens.weight": w[0], "lm_head.weight": w[0], "model.norm.weight": w[2]}
    for layer in range(LAYERS):
        o, name = 4 + layer * SLOTS, f"model.layers.{layer}."
        state[name + "input_layernorm.weight"] = w[o]
        for part, rows in zip("qkv", w[o + 2].split([queries, keys, keys])):
            state[f"{name}self_attn.{part}_proj.weight"] = rows
        state[name + "self_attn.o_proj.weight"] = w[o + 4]
        state[name + "post_attention_layernorm.weight"] = w[o + 6]
        state[name + "mlp.gate_proj.weight"], state[name + "mlp.up_proj.weight"] = w[o + 8].chunk(2)
        state[name + "mlp.down_proj.weight"] = w[o + 10]
    model.load_state_dict(state)
    return model.to(DEVICE, dtype)


def product_rate(dtype):
    """Operations per second of a plain product of matrices."""
    size = 8192 if GPU else 512
    a, b = (torch.randn(size, size, device=DEVICE).to(dtype) for _ in "ab")
    repeats = 20

    def products():
        for _ in range(repeats):
            torch.mm(a, b)

    return 2 * size ** 3 * repeats / in_turns({"product": products})["product"]


def operations(length):
    """Of the products that a token's way forward needs, in a row of so many tokens."""
    projections = LAYERS * HIDDEN * ((2 * HEADS + 2 * KEY_HEADS) * HEAD + 3 * INNER) + VOCABULARY * HIDDEN
    attention = LAYERS * 2 * HEADS * HEAD * length / 2
    return 2 * (projections + attention)


def speeds(decoder, head, dtype):
    rows_trained, length, rows, prompt, steps = (32, 512, 256, 256, 32) if GPU else (2, 16, 4, 16, 4)
    w = to(weights(0), DEVICE, dtype)
    model = peer_model(w, dtype)
    peak = product_rate(dtype)
    print(f"{DEVICE:4} {str(dtype)[6:]:8} a plain product of matrices: {peak / 1e12:,.1f} TFLOP/s")

    gradients = [torch.zeros_like(t, dtype=torch.float32) for t in w]
    inputs = batch([length] * rows_trained, seed=5)
    targets = torch.randint(0, VOCABULARY, (inputs[0].numel(),), device=DEVICE)
    ids = inputs[0].view(rows_trained, length).to(DEVICE)

    def train():
        forward_and_backward(decoder, head, inputs, targets, w, gradients, 4096)

    # The programs' gradients are written by hand, the peer's need autograd.
    @torch.enable_grad()
    def peer_train():
        logits = model(input_ids=ids, use_cache=False).logits
        torch.nn.functional.cross_entropy(logits.view(-1, VOCABULARY).float(), targets).backward()

    tokens = rows_trained * length
    report(
        f"forward and backward of {rows_trained} × {length}", dtype, tokens,
        {"Parley": train} | ({"transformers": peer_train} if model else {}),
        lambda spent: f", MFU {3 * operations(length) * tokens / spent / peak:.2f}")

    prompts = batch([prompt] * rows, seed=6)
    caches = make_caches(rows, prompt + steps, DEVICE, dtype)
    cache_rows = torch.arange(rows, device=DEVICE).repeat_interleave(prompt)
    moved = [t.to(DEVICE) for t in prompts]
    prompt_ids = moved[0].view(rows, prompt)
    angle = frequency().to(DEVICE)
    all_rows = torch.arange(rows, device=DEVICE)
    token = torch.zeros(rows, dtype=torch.long, device=DEVICE)

    def prefill():
        decoder.prefill(*moved, w, angle, SPEC, REAL, *caches, cache_rows)

    def decode():
        for at in range(prompt, prompt + steps):
            stepped = decoder.step(
                token, torch.full_like(token, at), all_rows, True, at + 1, w, angle, SPEC, REAL, *caches)
            head.logits(stepped, w[0], CAP)

    peer = {}

    def peer_prefill():
        peer["cache"] = model(input_ids=prompt_ids, use_cache=True, logits_to_keep=1).past_key_values

    def peer_decode():
        cache = peer["cache"]
        for _ in range(steps):
            model(input_ids=token[:, None], past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache.crop(-steps)

    report(
        f"prefill of {rows} × {prompt}", dtype, rows * prompt,
        {"Parley": prefill} | ({"transformers": peer_prefill} if model else {}))
    report(
        f"{steps} decode steps of {rows} rows behind {prompt} tokens", dtype, rows * steps,
        {"Parley": decode} | ({"transformers": peer_decode} if model else {}))
    if model:
        check_peer(decoder, head, model, w, moved, prompt_ids)


def check_peer(decoder, head, model, w, moved, prompt_ids):
    """Both computed the same."""
    chosen = torch.arange(prompt_ids.numel(), device=DEVICE)
    h = hidden(decoder, moved, chosen, w, DEVICE)
    own = torch.log_softmax(head.logits(h, w[0], CAP).float(), -1)
    peer = torch.log_softmax(model(input_ids=prompt_ids, use_cache=False).logits.float().flatten(0, 1), -1)
    print(
        f"{DEVICE:4} {str(w[0].dtype)[6:]:8} log-probs of all words differ from those of transformers by at most "
        f"{largest_difference(own, peer):.2e}")


@torch.no_grad()
def main():
    torch._C._set_graph_executor_optimize(False)
    # Full single precision on both sides, not TF32.
    torch.backends.cuda.matmul.allow_tf32 = False
    decoder, head = program("decoder.torchscript"), program("head.torchscript")
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name() if GPU else 'no GPU'}")
    check_forward_and_gradient(decoder, head, adapted=False)
    check_forward_and_gradient(decoder, head, adapted=True)
    for dtype in (torch.float32, torch.bfloat16):
        check_decoding(decoder, DEVICE, dtype)
    for dtype in (torch.float32, torch.bfloat16):
        speeds(decoder, head, dtype)


if __name__ == "__main__":
    main()
