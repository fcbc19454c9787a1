#!/usr/bin/env python3
"""What a researcher would use instead, timed in PyTorch: one line of JSON for each figure, for ratios within one run.

  torch_rivals.py ceilings [--side 8192]                  copy bandwidth; bf16, tf32 and f32 products of square matrices
  torch_rivals.py critic --n N [--d 768] [--modes f32,tf32,bf16,compiled]
  torch_rivals.py products SHAPE... [--modes eager,compiled]    bf16; shapes as org.ieengine.bench.ProductRate takes them
  torch_rivals.py memory --n ROWS [--d WIDTH]             layer norm, GELU and next-token losses, float32
  torch_rivals.py forward --n N [--tokens 8] [--model gpt2-xl] [--layers L] [--modes bf16,transformers,compiled]

Options of all: --device cuda|cpu, --repeats R. Seconds are medians: critic and forward by the clock from all work done to all work
done, the others by the device's events. A mode that fails gives {"name", "mode", "error"} and the next one is tried.
"""
import argparse, contextlib, json, math, statistics, time
import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTHS = [768, 384, 192, 96, 48, 24, 12, 6, 3, 1]  # the published critic
GPT2 = {  # width, blocks, heads
    "gpt2": (768, 12, 12), "gpt2-large": (1280, 36, 20), "gpt2-xl": (1600, 48, 25), "tiny": (64, 2, 4)}
VOCABULARY = 50257


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["ceilings", "critic", "products", "memory", "forward"])
    p.add_argument("shapes", nargs="*")
    p.add_argument("--n", type=int, default=4096)
    p.add_argument("--d", type=int, default=768)
    p.add_argument("--side", type=int, default=8192)
    p.add_argument("--tokens", type=int, default=8)
    p.add_argument("--model", choices=sorted(GPT2), default="gpt2-xl")
    p.add_argument("--layers", type=int)
    p.add_argument("--batch", type=int, default=5000, help="sequences of a forward pass at a time")
    p.add_argument("--modes", default="")
    p.add_argument("--repeats", type=int, default=7)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    a = p.parse_args()
    a.cuda = a.device.startswith("cuda")
    a.device_name = torch.cuda.get_device_name() if a.cuda else "cpu"
    return a


def emit(a, name, mode, **figures):
    rounded = {key: float(f"{value:.6g}") if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"name": name, "mode": mode, "device": a.device_name, "torch": torch.__version__, **rounded}), flush=True)


def each_mode(a, name, usual, run, **about):
    """Runs the modes one after the other; one that fails says why."""
    for mode in (a.modes or usual).split(","):
        tf32 = mode not in ("f32", "eager-f32")
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        try:
            run(mode)
        except Exception as fault:  # what a mode lacks (torch.compile, memory, transformers) must not end the others
            emit(a, name, mode, **about, error=(str(fault).splitlines() or [type(fault).__name__])[0])
        if a.cuda:
            torch.cuda.empty_cache()


def compiled(module_or_function):
    if not hasattr(torch, "compile"):
        raise RuntimeError("this PyTorch has no torch.compile")
    torch._dynamo.reset()  # or shapes after the first are compiled for any shape
    return torch.compile(module_or_function)


def clock_seconds(a, step, warm=3):
    sync = torch.cuda.synchronize if a.cuda else (lambda: None)
    for _ in range(warm):
        step()
    seconds = []
    for _ in range(a.repeats):
        sync()
        begin = time.perf_counter()
        step()
        sync()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def device_seconds(a, step, warm=3):
    if not a.cuda:
        return clock_seconds(a, step, warm)
    for _ in range(warm):
        step()
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(a.repeats + 1)]
    marks[0].record()
    for mark in marks[1:]:
        step()
        mark.record()
    torch.cuda.synchronize()
    return statistics.median(b.elapsed_time(e) * 1e-3 for b, e in zip(marks, marks[1:]))


def ceilings(a):
    source = torch.randint(0, 256, (2 ** 31 if a.cuda else 2 ** 26,), dtype=torch.uint8, device=a.device)
    target = torch.empty_like(source)
    seconds = device_seconds(a, lambda: target.copy_(source))
    emit(a, "copy", "copy_", seconds=seconds, gbps=2 * source.numel() / seconds / 1e9)
    del source, target

    def product(mode):
        kind = torch.bfloat16 if mode == "bf16" else torch.float32
        x, w = (torch.randn(a.side, a.side, device=a.device).to(kind) for _ in range(2))
        out = torch.empty_like(x)
        seconds = device_seconds(a, lambda: torch.matmul(x, w, out=out))
        emit(a, "product", mode, shape=f"{a.side}x{a.side}x{a.side}", seconds=seconds, tflops=2 * a.side ** 3 / seconds / 1e12)

    each_mode(a, "product", "bf16,tf32,f32", product)


class Critic(nn.Module):
    """The published network with its loss in bits over n joint pairs followed by n permuted ones."""

    def __init__(self, d):
        super().__init__()
        widths = [2 * d] + WIDTHS
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU()]
        self.net = nn.Sequential(*layers[:-1])
        for layer in self.net:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, pairs, n):
        scores = self.net(pairs).float()
        return -math.log2(math.e) * (scores[:n].mean() - (torch.logsumexp(scores[n:], 0) - math.log(n)).squeeze())


def critic(a):
    torch.manual_seed(0)
    x = torch.randn(a.n, a.d, device=a.device)
    y = 0.7 * (x + torch.randn(a.n, a.d, device=a.device))

    def epoch(mode):
        low = mode in ("bf16", "compiled")
        net = Critic(a.d).to(a.device)
        optimiser = torch.optim.Adam(net.parameters(), lr=1e-4)
        loss_of = compiled(net) if mode == "compiled" else net
        xs, ys = (x.bfloat16(), y.bfloat16()) if low else (x, y)
        twice = torch.cat([xs, xs])

        def step():
            pairs = torch.cat([twice, torch.cat([ys, ys[torch.randperm(a.n, device=a.device)]])], 1)
            with torch.autocast("cuda" if a.cuda else "cpu", torch.bfloat16) if low else contextlib.nullcontext():
                loss = loss_of(pairs, a.n)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

        emit(a, "critic-epoch", mode, n=a.n, d=a.d, seconds=clock_seconds(a, step))

    each_mode(a, "critic-epoch", "f32,tf32,bf16,compiled", epoch)


def products(a):
    def product(shape, mode):
        extents, _, after = shape.partition("+")
        rows, inputs, outputs = map(int, extents.split("x"))
        kind = dict(device=a.device, dtype=torch.float32)
        x = torch.randn(rows, inputs, **kind).bfloat16()
        weight = torch.randn(*((outputs, inputs) if after == "leaky" else (inputs, outputs)), **kind).bfloat16()
        bias = torch.randn(outputs, **kind).bfloat16()
        residual = torch.randn(rows, outputs, **kind).bfloat16() if after == "residual" else None
        work = {
            "": lambda: torch.matmul(x, weight),
            "gelu": lambda: F.gelu(torch.addmm(bias, x, weight), approximate="tanh"),
            "residual": lambda: residual + torch.addmm(bias, x, weight),
            "leaky": lambda: F.leaky_relu(F.linear(x, weight, bias)),
        }[after]
        with torch.no_grad():
            seconds = device_seconds(a, compiled(work) if mode == "compiled" else work)
        emit(a, "product", mode, shape=shape, seconds=seconds, tflops=2 * rows * inputs * outputs / seconds / 1e12)

    for shape in a.shapes:
        each_mode(a, "product", "eager,compiled", lambda mode: product(shape, mode), shape=shape)


def memory(a):
    x = torch.randn(a.n, a.d, device=a.device)
    weight, bias = torch.randn(a.d, device=a.device), torch.randn(a.d, device=a.device)
    rows = max(1, a.n * a.d // VOCABULARY)
    logits = torch.randn(rows, VOCABULARY, device=a.device)
    targets = torch.arange(rows, device=a.device) * 31 % VOCABULARY
    work = {
        "layerNorm": (2 * x.numel(), lambda: F.layer_norm(x, (a.d,), weight, bias)),
        "activate": (2 * x.numel(), lambda: F.gelu(x, approximate="tanh")),
        "nextToken": (logits.numel(), lambda: (F.cross_entropy(logits, targets, reduction="none"), logits.argmax(1) == targets)),
    }

    def measure(name):
        floats, step = work[name]
        with torch.no_grad():
            seconds = device_seconds(a, step)
        emit(a, "memory", "eager-f32", kernel=name, seconds=seconds, gbps=4 * floats / seconds / 1e9)

    for name in work:
        each_mode(a, "memory", "eager-f32", lambda mode: measure(name), kernel=name)


class Block(nn.Module):
    """A block of GPT-2, causal attention by scaled_dot_product_attention where this PyTorch has it."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.mlp_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def attention(self, q, k, v):
        if hasattr(F, "scaled_dot_product_attention"):
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        hidden = torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool, device=q.device).triu(1)
        scores = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(hidden, -math.inf)
        return scores.softmax(-1) @ v

    def forward(self, x):
        b, t, width = x.shape
        q, k, v = (m.view(b, t, self.heads, -1).transpose(1, 2) for m in self.c_attn(self.ln_1(x)).split(width, -1))
        x = x + self.c_proj(self.attention(q, k, v).transpose(1, 2).reshape(b, t, width))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    """Hidden states of the last token behind the embedding and every block."""

    def __init__(self, width, layers, heads, tokens):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, width), nn.Embedding(tokens, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        states = [x[:, -1]]
        for block in self.blocks:
            x = block(x)
            states.append(x[:, -1])
        return states


class FromTransformers(nn.Module):
    """The same of the transformers library."""

    def __init__(self, width, layers, heads, tokens):
        super().__init__()
        from transformers import AutoModel, GPT2Config

        self.model = AutoModel.from_config(GPT2Config(n_embd=width, n_layer=layers, n_head=heads, n_positions=max(tokens, 16)))

    def forward(self, ids):
        return [h[:, -1] for h in self.model(ids, output_hidden_states=True, use_cache=False).hidden_states]


def forward(a):
    width, layers, heads = GPT2[a.model]
    layers = a.layers or layers
    torch.manual_seed(0)
    ids = torch.randint(0, VOCABULARY, (a.n, a.tokens), device=a.device)

    def sweep(mode):
        kind = torch.float32 if mode in ("f32", "tf32") else torch.bfloat16
        with torch.device(a.device) if hasattr(torch.device, "__enter__") else contextlib.nullcontext():
            model = (FromTransformers if mode == "transformers" else Gpt2)(width, layers, heads, a.tokens)
        model = model.to(a.device, kind).eval()
        run = compiled(model) if mode == "compiled" else model
        kept = [None] * (layers + 1)

        def step():
            with torch.no_grad():
                for first in range(0, a.n, a.batch):
                    for layer, state in enumerate(run(ids[first:first + a.batch])):
                        kept[layer] = state.clone()

        seconds = clock_seconds(a, step, 1)
        emit(a, "forward", mode, model=a.model, n=a.n, tokens=a.tokens, layers=layers, seconds=seconds,
             attention="sdpa" if hasattr(F, "scaled_dot_product_attention") else "softmax")

    each_mode(a, "forward", "bf16", sweep)


if __name__ == "__main__":
    chosen = arguments()
    {"ceilings": ceilings, "critic": critic, "products": products, "memory": memory, "forward": forward}[chosen.what](chosen)
