#!/usr/bin/env python3
"""Feature maps and gradients of torchvision's networks -> testdata/nn/reference.json.

Weights, pictures and directions come from a generator that the Go test repeats
(`noise`), so that none need be stored. All is computed in float64. Of each output
stand there its shape, its norm, its product with a direction and a few numbers;
the gradient is that of the sum of those products, by the picture.

    python3 scripts/reference/nn.py [WEIGHTS]

With a folder of pretrained weights, testdata/nn/pretrained.json too.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import torchvision

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = 20


def noise(seed, n):
    """n numbers in [-1, 1), multiples of 2^-23: splitmix64 of seed << 32 | index."""
    with np.errstate(over="ignore"):
        z = (np.uint64(seed) << np.uint64(32)) + np.arange(n, dtype=np.uint64)
        z = z * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def fill(features):
    """Weights keep the scale from layer to layer: ±sqrt(6 / inputs); biases ±1/8."""
    seed = 1
    with torch.no_grad():
        for name, p in features.named_parameters():
            scale = np.sqrt(6 / np.prod(p.shape[1:])) if name.endswith("weight") else 0.125
            values = (noise(seed, p.numel()) * scale).astype(np.float32)
            p.copy_(torch.from_numpy(values.astype(np.float64)).reshape(p.shape))
            seed += 1


def names(net, features):
    """Output name of each layer of torchvision's Sequential."""
    result, block, at, fire, pools = [], 1, 0, 2, {"squeezenet": ["pool1", "pool3", "pool5"]}.get(net, [])
    conv = 0
    for m in features:
        kind = type(m).__name__
        if kind == "Conv2d":
            conv, at = conv + 1, at + 1
            result.append(f"conv{block}_{at}" if "vgg" in net else f"conv{conv}")
        elif kind == "ReLU":
            result.append(f"relu{block}_{at}" if "vgg" in net else f"relu{conv}")
        elif kind == "Fire":
            result.append(f"fire{fire}")
            fire += 1
        else:
            result.append(pools.pop(0) if net == "squeezenet" else f"pool{block}" if "vgg" in net else f"pool{conv}")
            block, at = block + 1, 0
    return result


def sampled(x):
    flat = x.detach().numpy().ravel()
    return [float(flat[i]) for i in (np.arange(SAMPLES) * flat.size // SAMPLES)]


def margin(m, inputs):
    """How near a kink of a layer is, by the scale of its input: float32 may fall on the other side."""
    x = inputs[0].detach()
    if isinstance(m, torch.nn.ReLU):
        return float(x.abs().min() / x.norm() * x.numel() ** 0.5)
    pad = torch.nn.functional.pad(x[0], (0, m.stride, 0, m.stride), value=-1.0)  # for ceil_mode
    first, second = pad.unfold(1, m.kernel_size, m.stride).unfold(2, m.kernel_size, m.stride).flatten(3).topk(2).values.unbind(-1)
    gap = (first - second)[first > 0]  # all 0 is a tie without a slope
    return float(gap.min() / x.norm() * x.numel() ** 0.5)


def case(net, h, w):
    """The first picture that keeps off the kinks, where gradients jump."""
    for picture in range(1000, 1200):
        result, least = attempt(net, h, w, picture)
        if least > 5e-6:
            return result
    raise SystemExit(f"{net}: no picture without kinks")


def attempt(net, h, w, picture):
    model = getattr(torchvision.models, "squeezenet1_1" if net == "squeezenet" else net)(weights=None)
    features = model.features.double().eval()
    fill(features)
    margins = []
    for m in features.modules():
        if isinstance(m, (torch.nn.ReLU, torch.nn.MaxPool2d)):
            m.inplace = False
            m.register_forward_pre_hook(lambda m, inputs: margins.append(margin(m, inputs)))
    x = torch.from_numpy((2 * noise(picture, 3 * h * w)).astype(np.float32).astype(np.float64)).reshape(1, 3, h, w).requires_grad_()
    y, total, outputs = x, 0, []
    for i, (name, m) in enumerate(zip(names(net, features), features)):
        y = m(y)
        direction = torch.from_numpy(noise(2000 + i, y.numel())).reshape(y.shape)
        product = (y * direction).sum()
        total = total + product / y.numel() ** 0.5
        outputs.append({"name": name, "shape": list(y.shape[1:]), "norm": y.norm().item(), "product": product.item(), "samples": sampled(y)})
    total.backward()
    direction = torch.from_numpy(noise(3000, x.numel())).reshape(x.shape)
    gradient = {"norm": float(x.grad.norm()), "product": float((x.grad * direction).sum()), "samples": sampled(x.grad)}
    return {"net": net, "h": h, "w": w, "picture": picture, "outputs": outputs, "gradient": gradient}, min(margins)


def pretrained(folder, file, net):
    """Layers of a file of real weights, for a picture that is a formula."""
    from safetensors.torch import load_file

    features = getattr(torchvision.models, net)(weights=None).features.double().eval()
    state = {k.removeprefix("features."): v.double() for k, v in load_file(folder / file).items()}
    missing = features.load_state_dict(state, strict=False).missing_keys
    layers = [m for i, m in enumerate(features) if not any(k.startswith(f"{i}.") for k in missing)]
    layers = layers if not missing else layers[: int(missing[0].split(".")[0])]
    net = "squeezenet" if net == "squeezenet1_1" else net
    y = torch.from_numpy((np.arange(3 * 64 * 64) * 7919 % 1000 / 250 - 2).astype(np.float32).astype(np.float64)).reshape(1, 3, 64, 64)
    outputs = []
    with torch.no_grad():
        for name, m in zip(names(net, features), layers):
            y = m(y.clone())
            outputs.append({"name": name, "norm": y.norm().item(), "samples": sampled(y)})
    return {"file": file, "net": net, "outputs": outputs}


def write(name, cases):
    path = ROOT / "testdata" / "nn" / name
    path.parent.mkdir(exist_ok=True)
    lines = [json.dumps(c) for c in cases]
    versions = json.dumps({"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0], "numpy": np.__version__})
    path.write_text('{"versions": ' + versions + ', "cases": [\n' + ",\n".join(lines) + "\n]}\n")


def main():
    torch.set_num_threads(1)
    write("reference.json", [
        case("squeezenet", 33, 46), case("squeezenet", 40, 32), case("alexnet", 63, 79), case("alexnet", 70, 66),
        case("vgg16", 32, 37), case("vgg19", 35, 32),
    ])  # fmt: skip
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
        write("pretrained.json", [
            pretrained(folder, "squeezenet1_1_features.safetensors", "squeezenet1_1"),
            pretrained(folder, "alexnet_features.safetensors", "alexnet"),
            pretrained(folder, "vgg16_features_to_relu2_2.safetensors", "vgg16"),
        ])  # fmt: skip


if __name__ == "__main__":
    main()
