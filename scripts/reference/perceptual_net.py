"""Writes testdata/perceptual_net: content, style, total, feature matching and LPIPS of networks with weights of noise, and their gradients.

The Go test draws the same weights (nn.py's `noise`). BasicSR, mmagic, piq and torchmetrics run with these networks in place of the
downloaded ones. With a folder of pretrained weights, pretrained.json too: definitions with real AlexNet, SqueezeNet and VGG16 to relu2_2.

    python scripts/reference/perceptual_net.py [WEIGHTS]
"""
import json, sys
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
import piq
import torchmetrics.functional.image.lpips as tm_lpips
from PIL import Image
import libraries, nn
from cases import *

ref = Cases("perceptual_net")
# With this seed no ReLU, no pooling of the four networks and no absolute difference of features or Gram matrices is nearer to its
# kink than 2e-6 of the root mean square: float32 sees the same side of it as float64, and gradients can be compared.
rng = np.random.default_rng(9313)


def picture(n, h, w, k):
    y, x = np.mgrid[:h, :w]
    a = np.stack([[0.5 + 0.4 * np.sin(x / (2 + c + k + i)) * np.cos(y / (4 - c + i)) for c in range(3)] for i in range(n)])
    return np.clip(a + 0.1 * rng.standard_normal(a.shape), 0.01, 0.99).astype("f4")


ref.put("p.npy", picture(2, 33, 32, 0))
ref.put("t.npy", picture(2, 33, 32, 1))
ref.put("style.npy", picture(1, 40, 36, 3)[0])
ref.put("p_grey.npy", picture(1, 33, 34, 2)[:, :1])
ref.put("t_grey.npy", picture(1, 33, 34, 4)[:, :1])

TAPS = {
    "alexnet": ["relu1", "relu2", "relu3", "relu4", "relu5"], "squeezenet": ["relu1", "fire3", "fire5", "fire6", "fire7", "fire8", "fire9"],
    "vgg16": ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"], "vgg19": ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"],
}
CHANNELS = {"alexnet": [64, 192, 384, 256, 256], "vgg16": [64, 128, 256, 512, 512]}
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
SHIFT, SCALE = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1), torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
NORMS = {"imagenet": lambda x: (x - MEAN) / STD, "lpips": lambda x: (2 * x - 1 - SHIFT) / SCALE, "signed": lambda x: 2 * x - 1, "none": lambda x: x}
NETS, HEADS = {}, {}


def network(net):
    if net not in NETS:
        m = getattr(torchvision.models, "squeezenet1_1" if net == "squeezenet" else net)(weights=None)
        features = m.features.double().eval()
        nn.fill(features)
        freeze(features)
        NETS[net] = features
    return NETS[net]


def freeze(features):
    for p in features.parameters():
        p.requires_grad_(False)
    for m in features.modules():
        if isinstance(m, torch.nn.ReLU):
            m.inplace = False


def heads(net):
    """Of layer k |noise| of seed 500 + k."""
    return [torch.from_numpy(np.abs(nn.noise(500 + k, c)).astype("f4").astype("f8")) for k, c in enumerate(CHANNELS[net])]


def layers(net, x, want, norm="imagenet"):
    y, out = NORMS[norm](x.expand(-1, 3, -1, -1)), {}
    for name, m in zip(nn.names(net, network(net)), network(net)):
        y = m(y)
        if name in want:
            out[name] = y
        if len(out) == len(want):
            return out
    raise SystemExit("%s lacks one of %s" % (net, want))


def apart(norm, x, y):
    """One number a sample."""
    d = (x - y).flatten(1)
    return {"l1": d.abs().mean(1), "mse": (d**2).mean(1), "fro": (d**2).sum(1).sqrt(), "gatys": (d**2).sum(1) / 2}[norm]


def gram(x, kind):
    n, c, h, w = x.shape
    f = x.reshape(n, c, h * w)
    return f @ f.transpose(1, 2) / {"hw": h * w, "chw": c * h * w, "gatys": 2 * h * w, "none": 1}[kind]


def content(net, x, y, weights, norm="mse", scale="imagenet"):
    a, b = layers(net, x, weights, scale), layers(net, y, weights, scale)
    return {"content_" + k: w * apart(norm, a[k], b[k]) for k, w in weights.items()}


def style(net, x, y, weights, kind="chw", norm="mse", scale="imagenet"):
    a, b = layers(net, x, weights, scale), layers(net, y, weights, scale)
    return {"style_" + k: w * apart(norm, gram(a[k], kind), gram(b[k], kind)) for k, w in weights.items()}


def matching(net, x, y, weights, over="mean"):
    return {"feature_matching_" + k[8:]: v / (len(weights) if over == "mean" else 1) for k, v in content(net, x, y, weights, "l1").items()}


def tv(x, norm="l1", total=False):
    parts = [(d.abs() if norm == "l1" else d**2) for d in (x[:, :, 1:] - x[:, :, :-1], x[:, :, :, 1:] - x[:, :, :, :-1])]
    return sum(p.sum((1, 2, 3)) if total else p.mean((1, 2, 3)) for p in parts)


def total(c, s, t, cw=1, sw=1, tw=1):
    """The three, and their layers."""
    parts = {"total_content": cw * sum(c.values()), "total_style": sw * sum(s.values()), "total_tv": tw * t}
    parts.update({"total_" + k: cw * v for k, v in c.items()})
    parts.update({"total_" + k: sw * v for k, v in s.items()})
    return parts


def lpips(net, x, y, scale="lpips", root=0):
    a, b = layers(net, x, TAPS[net], scale), layers(net, y, TAPS[net], scale)
    unit = lambda f: f / ((root + (f**2).sum(1, keepdim=True)).sqrt() + (0 if root else 1e-10))
    return {"lpips_" + k: (((unit(a[k]) - unit(b[k])) ** 2) * w.view(1, -1, 1, 1)).sum(1).mean((1, 2)) for k, w in zip(TAPS[net], heads(net))}


def case(name, args, f, pred="p.npy", target="t.npy", by=None, source=DEFINITION, scalar=False):
    """f gives parts by name, of which those that a total is made of are its first three; or with scalar the number."""
    x, y = ref.tensor(pred), ref.tensor(target)
    if by:
        (x if by == "pred" else y).requires_grad_()
    out = f(x, y)
    args = "--pred %s --target %s %s" % (pred, target, args)
    if scalar:
        v, each = out, None
    else:
        values = list(out.values())
        each = sum(values[:3] if any(k.startswith("total_") for k in out) else values)
        v = each.mean()
    grad = None
    if by:
        v.backward()
        grad = (x if by == "pred" else y).grad
        args += " --grad-of target" if by == "target" else ""
    ref.add(name, args, v, source, 1e-5, None if each is None else each.detach(), grad)
    if not scalar:
        ref.cases[-1]["components"] = {k: plain(v.mean()) for k, v in out.items()}


def words(weights):
    return ",".join("%s=%r" % kv for kv in weights.items())


ones = lambda names: dict.fromkeys(names, 1)
A = {"conv2": 0.5, "relu3": 1, "pool2": 2}
for norm in ("l1", "mse", "fro", "gatys"):
    case("content_" + norm, "--net alexnet --kind content --layers %s --content-norm %s" % (words(A), norm), lambda x, y: content("alexnet", x, y, A, norm), by="pred")
case("content_target", "--net alexnet --kind content", lambda x, y: content("alexnet", x, y, {"relu3": 1}), by="target")
case("content_grey", "--net squeezenet --kind content", lambda x, y: content("squeezenet", x, y, {"fire5": 1}), "p_grey.npy", "t_grey.npy", by="pred")
for scale in ("lpips", "signed", "none"):
    case("content_input_" + scale, "--net squeeze --kind content --layers fire3 --input-norm " + scale, lambda x, y: content("squeezenet", x, y, {"fire3": 1}, scale=scale), by="pred")
case("content_vgg16", "--kind content", lambda x, y: content("vgg16", x, y, {"relu3_3": 1}), by="pred")
S = {"relu1": 1, "relu2": 0.5, "conv3": 2}
for kind in ("hw", "chw", "gatys", "none"):
    case("style_" + kind, "--net alexnet --kind style --style-layers %s --gram %s" % (words(S), kind), lambda x, y: style("alexnet", x, y, S, kind), by="pred")
for norm in ("l1", "fro"):
    case("style_" + norm, "--net alexnet --kind style --layers %s --style-norm %s" % (words(S), norm), lambda x, y: style("alexnet", x, y, S, norm=norm), by="pred")
case("style_target", "--net squeezenet --kind style", lambda x, y: style("squeezenet", x, y, ones(TAPS["squeezenet"][:4])), by="target")
case("style_vgg16", "--kind style", lambda x, y: style("vgg16", x, y, ones(TAPS["vgg16"][:4])), by="pred")
other = lambda x: ref.tensor("style.npy")[None].expand(len(x), -1, -1, -1)
case("style_picture", "--net alexnet --kind style --style style.npy", lambda x, y: style("alexnet", x, other(x), ones(TAPS["alexnet"][:4])), by="pred")
case("total", "--net alexnet --kind total --style-weight 1000 --tv-weight 0.5", lambda x, y: total(content("alexnet", x, y, {"relu3": 1}), style("alexnet", x, y, ones(TAPS["alexnet"][:4])), tv(x), 1, 1000, 0.5), by="pred")
case("total_picture", "--net alexnet --kind total --style style.npy --style-weight 100", lambda x, y: total(content("alexnet", x, y, {"relu3": 1}), style("alexnet", x, other(x), ones(TAPS["alexnet"][:4])), tv(x), 1, 100, 1), by="pred")
case("total_target", "--net alexnet --kind total --style style.npy --style-weight 100", lambda x, y: total(content("alexnet", x, y, {"relu3": 1}), style("alexnet", x, other(x), ones(TAPS["alexnet"][:4])), tv(x), 1, 100, 1), by="target")
case("matching", "--net alexnet --kind feature-matching", lambda x, y: matching("alexnet", x, y, ones(TAPS["alexnet"])), by="pred")
case("matching_sum", "--net alexnet --kind feature-matching --over-layers sum --layers %s" % words(A), lambda x, y: matching("alexnet", x, y, A, "sum"), by="target")
case("lpips", "--kind lpips --net alexnet", lambda x, y: lpips("alexnet", x, y), by="pred")

# presets and conventions by their formulas
GATYS = dict.fromkeys(["relu%d_1" % k for k in range(1, 6)], 0.2)
case("gatys", "--convention gatys --style style.npy", lambda x, y: total(content("vgg19", x, y, {"relu4_2": 1}, "gatys"), style("vgg19", x, other(x), GATYS, "gatys"), 0 * tv(x), 1, 1000, 0), by="pred")
case("style_gatys_layers", "--kind style --style-layers gatys", lambda x, y: style("vgg19", x, y, GATYS), by="pred")
case("johnson", "--convention johnson", lambda x, y: total(content("vgg16", x, y, {"relu3_3": 1}), style("vgg16", x, y, ones(TAPS["vgg16"][:4])), tv(x, "l2", True), 1, 5, 5e-7), by="pred")
PIX = dict(zip(["relu%d_1" % k for k in range(1, 6)], (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)))
case("pix2pixhd", "--convention pix2pixhd", lambda x, y: content("vgg19", x, y, PIX, "l1", "signed"), by="pred")
case("real_esrgan", "--kind content --layers real-esrgan --content-norm l1", lambda x, y: content("vgg19", x, y, {"conv1_2": 0.1, "conv2_2": 0.1, "conv3_4": 1, "conv4_4": 1, "conv5_4": 1}, "l1"), by="pred")

# libraries


class Extractor:
    def __init__(self, layer_name_list, vgg_type, use_input_norm, range_norm):
        self.names, self.net, self.norm = layer_name_list, vgg_type, "imagenet" if use_input_norm else "none"

    def __call__(self, x):
        return layers(self.net, x, self.names, self.norm)


basicsr = libraries.basicsr_perceptual(Extractor)
E = {"conv5_4": 1.0}
for criterion, norm in (("l1", "l1"),):                                                # its l2 is torch.nn.L2loss, which does not exist
    case("basicsr_content_" + criterion, "--convention basicsr --kind content --layers esrgan --content-norm " + norm, lambda x, y: basicsr.PerceptualLoss(E, criterion=criterion)(x, y)[0], source="basicsr 1.4.2", scalar=True)
    case("basicsr_style_" + criterion, "--convention basicsr --kind style --layers relu2_1=0.5,conv3_1 --style-norm " + norm, lambda x, y: basicsr.PerceptualLoss({"relu2_1": 0.5, "conv3_1": 1.0}, style_weight=1, criterion=criterion)(x, y)[1], source="basicsr 1.4.2", scalar=True)
ref.put("p1.npy", ref.load("p.npy")[:1])
ref.put("t1.npy", ref.load("t.npy")[:1])
case("basicsr_fro", "--convention basicsr --kind content --content-norm fro --layers relu2_1=0.5,conv3_1", lambda x, y: basicsr.PerceptualLoss({"relu2_1": 0.5, "conv3_1": 1.0}, criterion="fro")(x, y)[0], "p1.npy", "t1.npy", by="pred", source="basicsr 1.4.2", scalar=True)

torchvision.models.vgg.vgg19 = lambda pretrained: type("VGG", (), {"features": network("vgg19")})
mmagic = libraries.mmagic_perceptual()
mm = lambda x, y, **kw: mmagic.PerceptualLoss({"34": 1.0}, {"6": 0.5, "10": 1.0}, **kw)(2 * x - 1, 2 * y - 1)
case("mmagic", "--convention mmagic --layers esrgan --style-layers relu2_1=0.5,conv3_1", lambda x, y: mm(x, y)[0], source="mmagic 1.2.0", scalar=True)
case("mmagic_style", "--convention mmagic --kind style --layers esrgan --style-layers relu2_1=0.5,conv3_1", lambda x, y: mm(x, y)[1], source="mmagic 1.2.0", scalar=True)
case("mmagic_total", "--convention mmagic --kind total --layers esrgan --style-layers relu2_1=0.5,conv3_1 --content-norm mse --style-norm mse", lambda x, y: sum(mm(x, y, criterion="mse")), source="mmagic 1.2.0", scalar=True)

PIQ = "piq " + piq.__version__
case("piq_content", "--convention piq --kind content --layers relu3_3", lambda x, y: piq.ContentLoss(network("vgg16"), ["15"])(x, y), source=PIQ, by="pred", scalar=True)
case("piq_content_mae", "--convention piq --kind content --layers relu2_2=0.5,relu3_3=2 --content-norm l1", lambda x, y: piq.ContentLoss(network("vgg16"), ["8", "15"], [0.5, 2.0], distance="mae")(x, y), source=PIQ, scalar=True)
case("piq_style", "--convention piq --kind style", lambda x, y: piq.StyleLoss(network("vgg16"), ["15"])(x, y), source=PIQ, by="pred", scalar=True)
case("piq_lpips", "--convention piq --kind lpips", lambda x, y: piq.ContentLoss(network("vgg16"), ["3", "8", "15", "22", "29"], [w.view(1, -1, 1, 1) for w in heads("vgg16")], normalize_features=True)(x, y), source=PIQ + ", LPIPS as its ContentLoss", by="pred", scalar=True)


def torchmetrics(x, y):
    m = tm_lpips._LPIPS(pretrained=False, net="alex", pnet_rand=True).double()
    state = m.state_dict()
    for key, value in network("alexnet").state_dict().items():
        for name in state:
            if name.startswith("net.slice") and name.split(".", 2)[2] == key:
                state[name] = value
    for k, w in enumerate(heads("alexnet")):
        for name in state:
            if name.startswith(("lin%d." % k, "lins.%d." % k)):
                state[name] = w.view(1, -1, 1, 1)
    m.load_state_dict(state)
    return m(x, y, normalize=True).mean()


case("torchmetrics_lpips", "--convention torchmetrics --kind lpips", torchmetrics, source="torchmetrics 1.9.0", by="pred", scalar=True)
ref.write("torchvision", "piq", "torchmetrics", "basicsr", "mmagic")
for c in ref.cases:                                                                     # half the bytes; what is compared is compared at 1e-4
    if "grad" in c:
        path = os.path.join(ref.out, c["grad"])
        np.save(path, np.load(path).astype("f4"))

if len(sys.argv) > 1:
    from safetensors.torch import load_file

    FILES = {"alexnet": "alexnet_features", "squeezenet": "squeezenet1_1_features", "vgg16": "vgg16_features_to_relu2_2"}
    read = lambda name: torch.from_numpy(np.asarray(Image.open(os.path.join(TESTDATA, "images", name + ".png")).convert("RGB")).astype("f8") / 255).permute(2, 0, 1)[None]
    x, y, cases = read("coffee_sr4"), read("coffee"), []
    for net, file in FILES.items():
        network(net).load_state_dict({k.removeprefix("features."): v.double() for k, v in load_file(os.path.join(sys.argv[1], file + ".safetensors")).items()}, strict=False)
        names = ones([n for n in TAPS[net] if net != "vgg16" or n in ("relu1_2", "relu2_2")])
        for kind, parts in (("content", content(net, x, y, names)), ("style", style(net, x, y, names)), ("feature-matching", matching(net, x, y, names))):
            v = sum(parts.values())
            cases.append({"name": net + "_" + kind, "args": ("--pred ../images/coffee_sr4.png --target ../images/coffee.png --net %s --kind %s --layers %s" % (net, kind, words(names))).split(),
                          "value": plain(v.mean()), "components": {k: plain(p.mean()) for k, p in parts.items()}, "source": DEFINITION, "tolerance": 1e-5})
    with open(os.path.join(ref.out, "pretrained.json"), "w") as f:
        f.write('{"cases":[\n%s\n]}\n' % ",\n".join(map(json.dumps, cases)))
