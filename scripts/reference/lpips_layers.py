"""Writes testdata/lpips: LPIPS of the lpips library for pictures of testdata, and its gradients, with the real weights.

The weights are not part of the repository; the test that reads this skips without them. WEIGHTS: a folder with
alexnet_features.safetensors, squeezenet1_1_features.safetensors, alex.pth and squeeze.pth.

    python scripts/reference/lpips_layers.py WEIGHTS
"""
import json, os, sys
import numpy as np
import torch
import lpips
from PIL import Image
from safetensors.torch import load_file

torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.normpath(os.path.join(HERE, "..", "..", "testdata"))
OUT = os.path.join(DATA, "lpips")
FILES = {"alex": ("alexnet_features.safetensors", "alex.pth"), "squeeze": ("squeezenet1_1_features.safetensors", "squeeze.pth")}


def model(net, folder, dtype, spatial=False):
    m = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False, spatial=spatial)
    state = m.state_dict()
    for key, value in load_file(os.path.join(folder, FILES[net][0])).items():
        tail = key.removeprefix("features.")
        for name in state:
            if name.startswith("net.slice") and name.split(".", 2)[2] == tail:
                state[name] = value
    for key, value in torch.load(os.path.join(folder, FILES[net][1]), map_location="cpu").items():
        state[key] = value
        state[key.replace("lin", "lins.")] = value
    m.load_state_dict(state)
    return m.to(dtype).eval()


def picture(name):
    path = os.path.join(DATA, name)
    if name.endswith(".npy"):
        return torch.from_numpy(np.load(path).astype("f8"))
    return torch.from_numpy(np.asarray(Image.open(path).convert("RGB")).astype("f8") / 255).permute(2, 0, 1)[None]


os.makedirs(OUT, exist_ok=True)
cases = []
for net in FILES:
    m = model(net, sys.argv[1], torch.float64)
    for pred, target in [("perceptual/p.npy", "perceptual/t.npy")] + [("images/%s_%s.png" % (a, b), "images/%s.png" % a) for a in ("coffee", "chelsea") for b in ("sr4", "jpeg10", "noise")]:
        x, y = picture(pred).requires_grad_(), picture(target)
        v, layers = m(x, y, normalize=True, retPerLayer=True)
        case = {"net": net, "pred": pred, "target": target, "value": v.mean().item(), "layers": [l.mean().item() for l in layers]}
        if pred.endswith(".npy"):
            v.mean().backward()
            case["grad"] = "grad_%s.npy" % net
            np.save(os.path.join(OUT, case["grad"]), x.grad.numpy())
            with torch.no_grad():
                case["spatial"] = "spatial_%s.npy" % net
                np.save(os.path.join(OUT, case["spatial"]), model(net, sys.argv[1], torch.float64, True)(x, y, normalize=True)[:, 0].numpy())
        cases.append(case)
with open(os.path.join(OUT, "reference.json"), "w") as f:
    f.write('{"source":"lpips %s, torch %s, float64",\n"cases":[\n%s\n]}\n' % (lpips.__version__ if hasattr(lpips, "__version__") else "0.1.4", torch.__version__, ",\n".join(map(json.dumps, cases))))
