"""Reference values of `lossctl iou boxes`: writes testdata/iou_boxes/*.npy and testdata/iou_boxes/reference.json.

  definition   the formula of `define` below, in float64 on the stored values; gradients by torch autograd
  golden       numbers that the survey printed, at their printed precision
  convention   the library itself, in float64: torchvision is imported; of mmdet and ultralytics, whose packages need much that boxes do
               not, the functions are taken out of the installed source and run

    python iou_boxes.py [--data DIR]     DIR holds boxes/ (default: testdata)
"""
import argparse, ast, importlib.metadata as md, importlib.util, json, math, os, sys

import numpy as np
import torch
import torchvision
from torchvision.ops import box_convert, complete_box_iou_loss, distance_box_iou_loss, generalized_box_iou, generalized_box_iou_loss

HERE = os.path.dirname(os.path.abspath(__file__))
TESTDATA = os.path.normpath(os.path.join(HERE, "..", "..", "testdata"))
OUT = os.path.join(TESTDATA, "iou_boxes")
ap = argparse.ArgumentParser()
ap.add_argument("--data", default=TESTDATA)
DATA = ap.parse_args().data
os.makedirs(OUT, exist_ok=True)
torch.set_num_threads(1)
DEFINITION = "float64 autograd of the stated formula (torch %s)" % torch.__version__
KINDS = ("iou", "giou", "diou", "ciou", "eiou", "siou")

# ---------------------------------------------------------------- inputs

ARRAYS = {}


def put(name, a):
    assert name not in ARRAYS, name
    ARRAYS[name] = np.ascontiguousarray(a)
    np.save(os.path.join(OUT, name), a)


def load(name):
    if name.startswith("../"):
        return np.load(os.path.join(DATA, name[3:]))
    return ARRAYS[name]


def tensor(name):
    a = load(name)
    return torch.from_numpy(a.astype(a.dtype.newbyteorder("="))).double()


def f4(a):
    return np.asarray(a, np.float32)


def corners(r, n, size):
    """n boxes of at most that size."""
    a = r.uniform(0, size, (n, 2))
    return np.concatenate([a, a + r.uniform(0.05, 0.5, (n, 2)) * size], 1)


def inputs():
    # Golden B of the survey: identical, crossing, half (a contained column), apart.
    put("b_pred.npy", f4([[0, 0, 4, 4], [0, 0, 2, 2], [1, 1, 3, 5], [0, 0, 1, 1]]))
    put("b_target.npy", f4([[0, 0, 4, 4], [1, 1, 3, 3], [1, 1, 3, 3], [2, 2, 3, 4]]))
    put("b_pred_crossing.npy", ARRAYS["b_pred.npy"][1:])
    put("b_target_crossing.npy", ARRAYS["b_target.npy"][1:])
    put("b_mask.npy", np.array([1, 0, 1, 1], np.uint8))
    put("b_weight.npy", f4([0.5, 2, 1, 0]))
    # Boxes without area: a point in both, a point in a box, a line beside a box, a line in a box.
    put("z_pred.npy", f4([[1, 1, 1, 1], [1, 1, 1, 1], [0, 3, 2, 3], [0, 1, 2, 1]]))
    put("z_target.npy", f4([[1, 1, 1, 1], [0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 2, 2]]))

    r = np.random.RandomState(7)
    t = corners(r, 60, 400)
    p = t + r.normal(0, 25, t.shape)                       # most overlap
    p = np.concatenate([np.minimum(p[:, :2], p[:, 2:] - 1), p[:, 2:]], 1)
    p[50:] = corners(r, 10, 400)                           # many of these are apart
    p[48], p[49] = t[48] + [10, 10, -10, -10], t[49] + [-20, -5, 20, 5]  # inside, around
    put("p_pred.npy", f4(p))                               # pixels
    put("p_target.npy", f4(t))
    put("p_pred_f2.npy", p.astype(np.float16))
    put("p_target_i4.npy", t.astype(np.int32))
    put("p_pred_f8be.npy", p.astype(">f8"))
    put("p_weight.npy", f4(r.uniform(0, 2, 60)))
    for fmt in ("xywh", "cxcywh"):
        for side in ("pred", "target"):
            put("p_%s_%s.npy" % (side, fmt), f4(box_convert(tensor("p_%s.npy" % side), "xyxy", fmt).numpy()))
    put("m_pred.npy", f4(p).reshape(12, 5, 4))             # samples of five boxes
    put("m_target.npy", f4(t).reshape(12, 5, 4))
    put("m_mask.npy", (r.uniform(size=(12, 5)) < 0.7))
    put("m_weight.npy", f4(r.uniform(0, 2, 12)))
    n = r.uniform(size=(40, 4)) * [1, 1, 0.3, 0.3] + [0, 0, 0.01, 0.01]
    put("n_pred.npy", (n + r.normal(0, 0.02, n.shape)).clip(0.005))  # centre, width, height of 1: float64
    put("n_target.npy", n)
    put("x_pred.npy", np.array([[0, 0, 1e150, 1], [-1e300, -1e300, 1e300, 1e300], [0, 0, 1e-160, 1e-160], [1e12, 1e12, 1e12 + 8, 1e12 + 8]]))
    put("x_target.npy", np.array([[0, 0, 1e150, 2], [-1e300, -1e300, 0, 0], [0, 0, 1e-160, 1e-160], [1e12, 1e12, 1e12 + 8, 1e12 + 4]]))


# ---------------------------------------------------------------- definition

def overlap(p, g):
    """Intersection, the two areas, and the sides of the smallest enclosing box."""
    (x1, y1, x2, y2), (a1, b1, a2, b2) = p.unbind(-1), g.unbind(-1)
    iw, ih = torch.minimum(x2, a2) - torch.maximum(x1, a1), torch.minimum(y2, b2) - torch.maximum(y1, b1)
    inter = torch.where((iw > 0) & (ih > 0), iw * ih, 0.0)
    return inter, (x2 - x1) * (y2 - y1), (a2 - a1) * (b2 - b1), torch.maximum(x2, a2) - torch.minimum(x1, a1), torch.maximum(y2, b2) - torch.minimum(y1, b1)


def define(p, g, kind="iou", form="linear", eps=1e-7, floor=0.0):
    """The loss of every pair of boxes (x1, y1, x2, y2):
      iou   1 − I/(U+ε); log: −log of it, square: 1 − its square
      giou  + (C−U)/(C+ε)                                  C: area of the enclosing box c_w × c_h
      diou  + ρ²/(c_w²+c_h²+ε)                             ρ: distance of the centres
      ciou  … + αv,  v = 4/π²(atan(w_g/h_g) − atan(w/h))²,  α = v/(1−IoU+v+ε) without a gradient
      eiou  diou + Δw²/(c_w²+ε) + Δh²/(c_h²+ε)
      siou  + (Δ+Ω)/2,  Δ = Σ 1−exp(−(2−Λ)(d/c)²),  Λ = 2|dx dy|/(dx²+dy²),  Ω = Σ (1−exp(−|w−w_g|/max(w, w_g)))⁴
    1 − I/(U+ε) is (A+B−2I+ε)/(U+ε), which cancels less."""
    inter, a, b, cw, ch = overlap(p, g)
    union = a + b - inter
    iou = inter / (union + eps)
    loss = (a + b - 2 * inter + eps) / (union + eps)
    if floor:
        iou = iou.clamp(min=floor)
        loss = 1 - iou
    if form == "log":
        return -torch.log(iou)
    if form == "square":
        return 1 - iou ** 2
    (x1, y1, x2, y2), (a1, b1, a2, b2) = p.unbind(-1), g.unbind(-1)
    w, h, wg, hg = x2 - x1, y2 - y1, a2 - a1, b2 - b1
    dx, dy = (a1 + a2 - x1 - x2) / 2, (b1 + b2 - y1 - y2) / 2
    if kind == "giou":
        loss = loss + (cw * ch - union) / (cw * ch + eps)
    if kind in ("diou", "ciou", "eiou"):
        loss = loss + (dx ** 2 + dy ** 2) / (cw ** 2 + ch ** 2 + eps)
    if kind == "ciou":
        v = 4 / math.pi ** 2 * (torch.atan(wg / hg) - torch.atan(w / h)) ** 2
        alpha = (v / ((a + b - 2 * inter + eps) / (union + eps) + v + eps)).detach()
        loss = loss + alpha * v
    if kind == "eiou":
        loss = loss + (w - wg) ** 2 / (cw ** 2 + eps) + (h - hg) ** 2 / (ch ** 2 + eps)
    if kind == "siou":
        r2 = dx ** 2 + dy ** 2
        gamma = 2 - torch.where(r2 > 0, 2 * (dx * dy).abs() / torch.where(r2 > 0, r2, 1.0), 0.0)
        delta = 2 - torch.exp(-gamma * (dx / cw) ** 2) - torch.exp(-gamma * (dy / ch) ** 2)
        omega = (1 - torch.exp(-(w - wg).abs() / torch.maximum(w, wg))) ** 4 + (1 - torch.exp(-(h - hg).abs() / torch.maximum(h, hg))) ** 4
        loss = loss + (delta + omega) / 2
    return loss


# ---------------------------------------------------------------- cases

CASES = []


def plain(v):
    v = float(v.detach() if torch.is_tensor(v) else v)
    return v if np.isfinite(v) else ("nan" if np.isnan(v) else "inf" if v > 0 else "-inf")


def add(name, args, value, source, tolerance, per_sample=None, grad=None, note=None):
    assert all(c["name"] != name for c in CASES), name
    case = {"name": name, "args": args, "value": plain(value)}
    if per_sample is not None:
        case["per_sample"] = [plain(v) for v in per_sample]
    if grad is not None:
        case["grad"] = "grad_%s.npy" % name
        assert torch.isfinite(grad).all(), name
        np.save(os.path.join(OUT, case["grad"]), grad.numpy())
    case.update(source=source, tolerance=tolerance)
    if note:
        case["note"] = note
    CASES.append(case)


def case(name, pred, target, formula, flags="", fmt="xyxy", reduction="mean", mask=None, weight=None, grad="", source=DEFINITION, tolerance=1e-9, rows=True, note=None):
    """A case of a formula of two lists of corners; grad is the inputs by which the gradient is wanted, "p", "t" or "pt"."""
    p, t = tensor(pred).requires_grad_(), tensor(target).requires_grad_()
    loss = formula(box_convert(p, fmt, "xyxy").reshape(-1, 4), box_convert(t, fmt, "xyxy").reshape(-1, 4)).reshape(p.shape[:-1])
    args = ["--pred", pred, "--target", target] + flags.split()
    if fmt != "xyxy" and "detr" not in flags:
        args += ["--box-format", fmt]
    count, w = torch.ones_like(loss), torch.ones_like(loss)
    if mask:
        args += ["--mask", mask]
        count = tensor(mask)
    if weight:
        args += ["--sample-weight", weight]
        w = tensor(weight).reshape(tensor(weight).shape + (1,) * (loss.ndim - tensor(weight).ndim)).expand(loss.shape)
    loss = torch.where(count * w > 0, loss * w, 0.0)
    total = loss.sum()
    value = {"mean": total / count.sum(), "sum": total, "batchmean": total / len(p), "weighted": total / (count * w).sum()}[reduction]
    if reduction != "mean":
        args += ["--reduction", reduction]
    by_row = None
    if rows and reduction == "mean":
        by_row = (loss.reshape(len(p), -1).sum(1) / count.reshape(len(p), -1).sum(1)).detach()
    for side in grad or [""]:
        more, g = [], None
        if side:
            g, = torch.autograd.grad(value, p if side == "p" else t, retain_graph=True)
            more = ["--grad-of", "target"] if side == "t" else []
        add(name + ("_by_target" if side == "t" else ""), args + more, value, source, tolerance, by_row, g, note)


def definitions():
    def of(**kw):
        return lambda p, t: define(p, t, **kw)

    for k in KINDS:
        case("p_" + k, "p_pred.npy", "p_target.npy", of(kind=k), "--kind " + k, grad="pt")
        case("coins_" + k, "../boxes/pred.npy", "../boxes/target.npy", of(kind=k), "--kind " + k, grad="p")
        case("m_" + k, "m_pred.npy", "m_target.npy", of(kind=k), "--kind " + k, mask="m_mask.npy", weight="m_weight.npy", grad="p")
        case("n_cxcywh_" + k, "n_pred.npy", "n_target.npy", of(kind=k), "--kind " + k, fmt="cxcywh", grad="pt")
        case("p_xywh_" + k, "p_pred_xywh.npy", "p_target_xywh.npy", of(kind=k), "--kind " + k, fmt="xywh", grad="pt")
        case("p_eps_0_" + k, "p_pred.npy", "p_target.npy", of(kind=k, eps=0.0), "--kind %s --eps 0" % k)
        case("n_eps_large_" + k, "n_pred.npy", "n_target.npy", of(kind=k, eps=0.01), "--kind %s --eps 0.01" % k, fmt="cxcywh", grad="p")
        case("b_" + k, "b_pred.npy", "b_target.npy", of(kind=k), "--kind " + k, grad="p", note="equal coordinates: both boxes get half of the gradient")
    case("p_square", "p_pred.npy", "p_target.npy", of(form="square"), "--form square", grad="pt")
    case("p_log", "p_pred.npy", "p_target.npy", of(form="log"), "--form log", note="boxes that are apart: inf")
    case("coins_log", "../boxes/pred.npy", "../boxes/target.npy", of(form="log"), "--form log", grad="p")
    case("p_log_floor", "p_pred.npy", "p_target.npy", of(form="log", floor=1e-3), "--form log --iou-floor 1e-3", grad="p")
    case("p_linear_floor", "p_pred.npy", "p_target.npy", of(floor=0.25), "--form linear --iou-floor 0.25", grad="p")
    case("p_square_floor", "p_pred.npy", "p_target.npy", of(form="square", floor=0.25), "--form square --iou-floor 0.25")
    case("p_f2_i4", "p_pred_f2.npy", "p_target_i4.npy", of(kind="giou"), "--kind giou")
    case("p_f8be", "p_pred_f8be.npy", "p_target.npy", of(kind="ciou"), "--kind ciou")
    case("p_sum", "p_pred.npy", "p_target.npy", of(kind="giou"), "--kind giou", reduction="sum", grad="p")
    case("m_batchmean", "m_pred.npy", "m_target.npy", of(kind="diou"), "--kind diou", reduction="batchmean", grad="p")
    case("p_weighted", "p_pred.npy", "p_target.npy", of(kind="giou"), "--kind giou", weight="p_weight.npy", reduction="weighted", grad="p")
    case("p_weight", "p_pred.npy", "p_target.npy", of(kind="giou"), "--kind giou", weight="p_weight.npy")
    case("b_mask", "b_pred.npy", "b_target.npy", of(), mask="b_mask.npy", rows=False)
    case("b_weight", "b_pred.npy", "b_target.npy", of(), weight="b_weight.npy")
    case("z_giou", "z_pred.npy", "z_target.npy", of(kind="giou"), "--kind giou", note="boxes without area")
    case("z_diou", "z_pred.npy", "z_target.npy", of(kind="diou"), "--kind diou")
    case("z_iou", "z_pred.npy", "z_target.npy", of())
    # IoU ½, ¼, 1, ½ whatever the size: 1e-160 squared is below what float64 holds.
    beside = 1 - 32 / (64 + 1e-7)
    add("x_iou", ["--pred", "x_pred.npy", "--target", "x_target.npy"], (.5 + .75 + 1 + beside) / 4, "by hand", 1e-12, [.5, .75, 1, beside], note="the third box has no area beside ε")
    add("x_iou_eps_0", ["--pred", "x_pred.npy", "--target", "x_target.npy", "--eps", "0"], (.5 + .75 + 0 + .5) / 4, "by hand", 1e-12, [.5, .75, 0, .5])


def golden():
    """The survey's numbers were computed in float32, where ε is nothing beside these areas."""
    source = "the survey's Golden B and C, as printed"
    b, c = ["--pred", "b_pred.npy", "--target", "b_target.npy"], ["--pred", "b_pred_crossing.npy", "--target", "b_target_crossing.npy"]
    rows = {
        "iou_linear": ("--form linear --eps 0", [0.0, 0.8571428656578064, 0.5, 1.0]),
        "iou_square": ("--form square --eps 0", [0.0, 0.9795918464660645, 0.75, 1.0]),
        "mmdet_log": ("--convention mmdet --eps 0", [-0.0, 1.945910096168518, 0.6931471824645996, 13.815510749816895]),
        "torchvision_giou": ("--kind giou --eps 0", [0.0, 1.0793650150299072, 0.5, 1.75]),
        "torchvision_diou": ("--kind diou --eps 0", [0.0, 0.9682539701461792, 0.550000011920929, 1.409999966621399]),
        "torchvision_ciou": ("--kind ciou --eps 0", [0.0, 0.9682539701461792, 0.5532481670379639, 1.4116894006729126]),
        "mmdet_diou": ("--convention mmdet --kind diou --eps 0", [0.0, 0.9682539701461792, 0.550000011920929, 1.409999966621399]),
        "efficient_iou": ("--kind eiou --eps 0", [0.0, 0.9682539701461792, 0.800000011920929, 1.472499966621399]),
    }
    for name, (flags, want) in rows.items():
        add("golden_" + name, b + flags.split(), sum(want) / 4, source, 5e-7, want)
    add("golden_mmdet_ciou", c + ["--convention", "mmdet", "--kind", "ciou"], (0.9682539701461792 + 0.550000011920929 + 1.409999966621399) / 3, source, 5e-7,
        [0.9682539701461792, 0.550000011920929, 1.409999966621399], note="identical boxes are 0/0 in float32 only")
    z = np.array([[1, 1, 1, 1]], np.float32)
    put("z_point.npy", z)
    put("z_point_in.npy", f4([[0, 0, 2, 2]]))
    for k in ("giou", "diou"):
        add("golden_zero_area_identical_" + k, ["--pred", "z_point.npy", "--target", "z_point.npy", "--kind", k], 1.0, source, 5e-7)
        add("golden_zero_area_" + k, ["--pred", "z_point.npy", "--target", "z_point_in.npy", "--kind", k], 1.0, source, 5e-7)


def functions(package, path, names, space):
    """Runs the definitions of some functions of an installed package, without importing it."""
    root = importlib.util.find_spec(package).submodule_search_locations[0]
    with open(os.path.join(root, path)) as f:
        tree = ast.parse(f.read())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            node.decorator_list = []
            exec(compile(ast.Module([node], []), path, "exec"), space)
    return [space[n] for n in names]


def conventions():
    tv = "torchvision %s" % torchvision.__version__
    for k, f in (("giou", generalized_box_iou_loss), ("diou", distance_box_iou_loss), ("ciou", complete_box_iou_loss)):
        for data, pred, target in (("b", "b_pred.npy", "b_target.npy"), ("p", "p_pred.npy", "p_target.npy"), ("coins", "../boxes/pred.npy", "../boxes/target.npy")):
            case("torchvision_%s_%s" % (data, k), pred, target, f, "--convention torchvision --kind " + k, source=tv, tolerance=1e-9 if data == "p" else 1e-6,
                 grad="pt", rows=data != "b")
    detr = lambda p, t: 1 - generalized_box_iou(p, t).diagonal()
    case("detr_n", "n_pred.npy", "n_target.npy", detr, "--convention detr", fmt="cxcywh", source=tv + ", generalized_box_iou", grad="p")
    case("detr_p", "p_pred_cxcywh.npy", "p_target_cxcywh.npy", detr, "--convention detr", fmt="cxcywh", source=tv + ", generalized_box_iou")

    space = {"torch": torch, "math": math, "Tensor": torch.Tensor}
    functions("mmdet", "structures/bbox/bbox_overlaps.py", ["fp16_clamp", "bbox_overlaps"], space)
    iou, giou, diou, ciou, siou = functions("mmdet", "models/losses/iou_loss.py", ["iou_loss", "giou_loss", "diou_loss", "ciou_loss", "siou_loss"], space)
    mm = "mmdet %s" % md.version("mmdet")
    for name, flags, f in (
        ("iou", "", lambda p, t: iou(p, t)),
        ("iou_linear", "--form linear", lambda p, t: iou(p, t, mode="linear")),
        ("iou_square", "--form square", lambda p, t: iou(p, t, mode="square")),
        ("giou", "--kind giou", lambda p, t: giou(p, t, eps=1e-6)),
        ("diou", "--kind diou", lambda p, t: diou(p, t, eps=1e-6)),
        ("ciou", "--kind ciou", lambda p, t: ciou(p, t, eps=1e-6)),
    ):
        flags = "--convention mmdet " + flags
        case("mmdet_p_" + name, "p_pred.npy", "p_target.npy", f, flags, source=mm, tolerance=1e-6, grad="p")
        case("mmdet_coins_" + name, "../boxes/pred.npy", "../boxes/target.npy", f, flags, source=mm, tolerance=1e-6, grad="p")
        if name != "ciou":
            case("mmdet_n_" + name, "n_pred.npy", "n_target.npy", f, flags, fmt="cxcywh", source=mm, tolerance=1e-6)
    # The paper's sign of γ, which mmdet has as an option: no convention, but somebody else's formula of siou.
    case("siou_of_mmdet_p", "p_pred.npy", "p_target.npy", lambda p, t: siou(p, t, eps=1e-9, neg_gamma=True), "--kind siou", source=mm + ", neg_gamma", tolerance=1e-6, grad="p",
         note="but for its clamp at 2, which these boxes do not reach")

    box_iou, = functions("ultralytics", "utils/metrics.py", ["bbox_iou"], space)
    ul = "ultralytics %s" % md.version("ultralytics")
    for k in ("giou", "diou", "ciou"):
        name = {"giou": "GIoU", "diou": "DIoU", "ciou": "CIoU"}[k]
        f = lambda p, t: 1 - box_iou(p, t, xywh=False, **{name: True}).squeeze(-1)
        case("ultralytics_p_" + k, "p_pred.npy", "p_target.npy", f, "--convention ultralytics" + ("" if k == "ciou" else " --kind " + k), source=ul, tolerance=1e-6, grad="p")
    case("ultralytics_coins", "../boxes/pred.npy", "../boxes/target.npy", lambda p, t: 1 - box_iou(p, t, xywh=False, CIoU=True).squeeze(-1), "--convention ultralytics",
         source=ul, tolerance=1e-6, rows=False)


def cross_checks():
    """The definitions against the libraries where they say the same."""
    value = {c["name"]: c["value"] for c in CASES}
    for k in ("giou", "diou", "ciou"):
        for data in ("b", "p", "coins"):
            a, b = value["%s_%s" % (data, k)], value["torchvision_%s_%s" % (data, k)]
            assert abs(a - b) <= 1e-9 * abs(b), (data, k, a, b)
    a, b = value["p_siou"], value["siou_of_mmdet_p"]
    assert abs(a - b) <= 1e-7 * b, (a, b)


if __name__ == "__main__":
    inputs()
    definitions()
    golden()
    conventions()
    cross_checks()
    versions = {p: md.version(p) for p in ("numpy", "torch", "torchvision", "mmdet", "ultralytics")}
    versions["python"] = sys.version.split()[0]
    keep = {c["grad"] for c in CASES if "grad" in c} | set(ARRAYS) | {"reference.json"}
    for f in os.listdir(OUT):
        if f not in keep:
            os.remove(os.path.join(OUT, f))
    with open(os.path.join(OUT, "reference.json"), "w") as f:                # one case a line
        f.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (json.dumps(versions), ",\n".join(json.dumps(c, ensure_ascii=False) for c in CASES)))
    print(len(CASES), "cases")
