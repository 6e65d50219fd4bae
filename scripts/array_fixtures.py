"""Writes testdata/array: files of other programs that io/array must read.

Needs numpy 2.4.6, ml_dtypes 0.6.0, safetensors 0.8.0, pandas 3.0, Pillow 13 and nibabel 5.4 (any version will do):
    python3 scripts/array_fixtures.py testdata/array
Every array holds (5*i + i//7) % 8 in C order, as the tests in io/array do.
"""

import io
import os
import sys

import ml_dtypes
import numpy as np
import pandas as pd
from safetensors.numpy import save_file


def values(*shape):
    i = np.arange(np.prod(shape, dtype=int))
    return ((5 * i + i // 7) % 8).reshape(shape)


out = sys.argv[1]
os.makedirs(out, exist_ok=True)
path = lambda name: os.path.join(out, name)
a = values(3, 4)

np.save(path("f2_big_fortran.npy"), np.asfortranarray(a.astype(">f2")))
np.save(path("bfloat16.npy"), a.astype(ml_dtypes.bfloat16))
np.save(path("scalar.npy"), np.float64(0))
with open(path("version3.npy"), "wb") as f:
    np.lib.format.write_array(f, a.astype("i4"), version=(3, 0))
np.savez(path("stored.npz"), pred=a.astype("f4"), target=a[:, 0].astype("i8"))
np.savez_compressed(path("deflated.npz"), a.astype("f4"))
np.save(path("names.npy"), np.array(["cat", "dög", ""]))
np.save(path("objects.npy"), np.array([1, "x"], dtype=object), allow_pickle=True)
np.save(path("complex.npy"), a.astype("c8"))
np.save(path("records.npy"), np.zeros(2, dtype=[("x", "f4"), ("y", "i8")]))
save_file({"w": a.astype("f4"), "n": a.astype("u1")}, path("two.safetensors"))
np.savetxt(path("savetxt.txt"), a)

frame = pd.DataFrame(a.astype("f8"), columns=["p0", "p1", "p2", "p3"])
frame.insert(0, "name", ['a "quoted" id', "with,comma", "with\nbreak"])
frame.to_csv(path("pandas.csv"))
frame.to_json(path("pandas.jsonl"), orient="records", lines=True)

# a member larger than the archive's index can say: zip64
import zipfile

with zipfile.ZipFile(path("zip64.npz"), "w") as z:
    with z.open("x.npy", "w", force_zip64=True) as f:
        buf = io.BytesIO()
        np.save(buf, a.astype("f4"))
        f.write(buf.getvalue())

# pictures, by Pillow 13
from PIL import Image

Image.fromarray(a.astype("u1")).save(path("grey.png"))
Image.fromarray(a.astype("u2")).save(path("grey16.png"))
palette = Image.fromarray(a.astype("u1"), "P")
palette.putpalette(list(range(30)))
palette.save(path("palette.png"))  # of four bits
Image.fromarray(a > 3).save(path("bits.png"))
Image.new("RGB", (4, 3)).save(path("colours.png"))

# volumes, by nibabel 5.4.2, whose first axis is x
import nibabel as nib

def save(image, name, dtype=None):
    if dtype:
        image.header.set_data_dtype(dtype)
    nib.save(image, path(name))

save(nib.Nifti1Image(a.T.astype("i2"), np.eye(4)), "volume.nii.gz")
save(nib.Nifti1Image(a.T.astype("f4"), np.eye(4), nib.Nifti1Header(endianness=">")), "volume_big.nii")
save(nib.Nifti2Image(a.T.astype("u1")[..., None], np.eye(4)), "volume2.nii")
save(nib.Nifti1Pair(a.T.astype("u1"), np.eye(4)), "detached.hdr")
os.remove(path("detached.img"))
scaled = nib.Nifti1Image((2 * a.T + 2).astype("i2"), np.eye(4))
nib.save(scaled, path("scaled.nii"))
with open(path("scaled.nii"), "r+b") as f:  # ½·q − 1; nibabel does not write a slope that is asked for
    f.seek(112)
    f.write(np.array([0.5, -1], "<f4").tobytes())
assert np.array_equal(nib.load(path("scaled.nii")).get_fdata().T, a)

# the label maps of testdata/seg as pictures and as a volume
seg = os.path.join(out, "..", "seg")
labels = np.load(os.path.join(seg, "labels.npy"))
os.makedirs(os.path.join(seg, "masks"), exist_ok=True)
for i, mask in enumerate(labels):
    picture = Image.fromarray(mask, "P")
    picture.putpalette([0, 0, 0, 255, 200, 0, 255, 0, 0])
    picture.save(os.path.join(seg, "masks", "coin-%d.png" % (i + 1)))
nib.save(nib.Nifti1Image(labels.T, np.eye(4)), os.path.join(seg, "labels.nii.gz"))

# PyTorch 2.9.1, where it is installed
try:
    import torch
except ImportError:
    sys.exit()
t = torch.from_numpy(a.copy())
torch.save(t.float(), path("tensor.pt"))
half = torch.zeros(5, 4).half()
half[1:4] = t
checkpoint = {
    "epoch": 3,
    "model": {"fc.weight": torch.nn.Parameter(t.double()), "fc.bias": t.bfloat16()},
    "view": half[1:4],
    "columns": t.T.contiguous().T,
    "holes": t.float()[:, ::2],
    "wide": t.to(torch.uint16),
    "list": [t.to(torch.bool), t.int()],
    "optimizer": torch.optim.SGD([torch.nn.Parameter(t.float())], lr=0.1).state_dict(),
    "device": torch.device("cpu"),
}
torch.save(checkpoint, path("checkpoint.pt"))
torch.save(t.float(), path("old.pt"), _use_new_zipfile_serialization=False)
torch.save(checkpoint, path("legacy.pt"), _use_new_zipfile_serialization=False)


class Listed(dict):
    """Pickles as OrderedDict does in Python 2: a call with a list of lists."""

    def __reduce__(self):
        from collections import OrderedDict

        return OrderedDict, ([[k, v] for k, v in self.items()],)


torch.save(Listed(w=t.float()), path("python2.pt"), _use_new_zipfile_serialization=False)
