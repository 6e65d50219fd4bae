"""Writes io/image/testdata: small pictures of every kind, and their pixels as Pillow gives them, in pixels.json: shape
(height, width), the largest number, the numbers, and how far ours may be off (JPEG decoders differ by one). `error` is
what must be said of those that are refused."""
import json, os, struct, zlib
import numpy as np
from PIL import Image

OUT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "io", "image", "testdata"))
os.makedirs(OUT, exist_ok=True)
W, H = 11, 7
y, x = np.mgrid[:H, :W]
rgb = np.stack([(x * 23) % 256, (y * 36) % 256, ((x + y) * 15) % 256], -1).astype("u1")
alpha = ((x * y * 5) % 256).astype("u1")
deep = np.stack([x * 5957, y * 9362, (x + y) * 4096], -1).astype("u2")
cases = []


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png16(name, a):
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in a)
    with open(os.path.join(OUT, name), "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", a.shape[1], a.shape[0], 16, {1: 0, 3: 2, 4: 6}[a.shape[2]], 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def case(name, pixels=None, off=0, largest=255, alpha="refuse", error=None):
    c = {"file": name, "alpha": alpha}
    if error:
        c["error"] = error
    else:
        if pixels is None:
            pixels = np.asarray(Image.open(os.path.join(OUT, name)).convert("RGB"))
        c.update(shape=pixels.shape[:2], largest=largest, off=off, pixels=np.asarray(pixels).ravel().tolist())
    cases.append(c)


def save(im, name, **kw):
    im = im if isinstance(im, Image.Image) else Image.fromarray(im)
    im.save(os.path.join(OUT, name), **kw)


OPACITY = "not opaque, want --alpha drop, white or black"


def transparent(name, rgba, off=1):
    """Refused; as stored; over white and black, which Pillow rounds in its own way."""
    case(name, error=OPACITY)
    a = np.asarray(rgba).astype(float)
    case(name, a[..., :3].astype(int), alpha="drop")
    for ground, c in (("white", 255), ("black", 0)):
        over = Image.alpha_composite(Image.new("RGBA", (a.shape[1], a.shape[0]), (c, c, c, 255)), Image.fromarray(np.asarray(rgba)))
        case(name, np.asarray(over.convert("RGB")), alpha=ground, off=off)


save(rgb, "rgb.png"); case("rgb.png")
save(rgb[..., 0], "grey.png"); case("grey.png")
save(Image.fromarray(rgb[..., 0]).convert("1"), "bit.png"); case("bit.png")
save(Image.fromarray(rgb).quantize(16), "palette.png"); case("palette.png")
save(np.dstack([rgb, alpha]), "rgba.png"); transparent("rgba.png", np.dstack([rgb, alpha]))
save(np.dstack([rgb, np.full_like(alpha, 255)]), "rgba_opaque.png"); case("rgba_opaque.png")
save(Image.fromarray(np.dstack([rgb[..., 0], alpha]), "LA"), "grey_alpha.png"); transparent("grey_alpha.png", Image.open(os.path.join(OUT, "grey_alpha.png")).convert("RGBA"))
save(Image.fromarray(rgb).quantize(16), "palette_alpha.png", transparency=3); transparent("palette_alpha.png", Image.open(os.path.join(OUT, "palette_alpha.png")).convert("RGBA"))
png16("grey16.png", deep[..., :1]); case("grey16.png", np.repeat(np.asarray(Image.open(os.path.join(OUT, "grey16.png")))[..., None], 3, -1), largest=65535)
png16("rgb16.png", deep); case("rgb16.png", deep, largest=65535)
png16("rgba16.png", np.dstack([deep, alpha.astype("u2") * 257])); case("rgba16.png", error=OPACITY); case("rgba16.png", deep, largest=65535, alpha="drop")
smooth = Image.fromarray(rgb).resize((29, 23), Image.BICUBIC)
for sub, name in ((0, "444"), (1, "422"), (2, "420")):
    save(smooth, "rgb%s.jpg" % name, quality=90, subsampling=sub); case("rgb%s.jpg" % name, off=2)
save(smooth, "progressive.jpg", quality=90, progressive=True); case("progressive.jpg", off=2)
save(smooth.convert("L"), "grey.jpg", quality=90); case("grey.jpg", off=1)
save(smooth.convert("CMYK"), "cmyk.jpg"); case("cmyk.jpg", error="got a jpeg in CMYK, want RGB or grey")
exif = Image.Exif(); exif[0x0112] = 6
save(smooth, "exif.jpg", quality=90, subsampling=0, exif=exif); case("exif.jpg", off=2)
save(rgb, "exif.png", exif=exif); case("exif.png")
save(smooth, "lossy.webp", quality=80); case("lossy.webp")
save(rgb, "lossless.webp", lossless=True); case("lossless.webp")
rgba = smooth.convert("RGBA"); rgba.putalpha(Image.fromarray(alpha).resize(smooth.size))
save(rgba, "alpha.webp", lossless=True, exact=True); transparent("alpha.webp", rgba)
save(rgba, "alpha_lossy.webp", quality=80, exact=True); transparent("alpha_lossy.webp", Image.open(os.path.join(OUT, "alpha_lossy.webp")).convert("RGBA"))
save(smooth, "animated.webp", save_all=True, append_images=[smooth.rotate(90)], duration=100); case("animated.webp", error="got an animated WebP, want one picture")
save(rgb, "animated.png", save_all=True, append_images=[Image.fromarray(255 - rgb)], duration=100); case("animated.png")
for c in ("tiff_lzw", "tiff_deflate", "packbits"):
    save(rgb, c + ".tiff", compression=c); case(c + ".tiff")
save(np.dstack([rgb, alpha]), "rgba.tiff"); transparent("rgba.tiff", np.dstack([rgb, alpha]))
save((x * 4000 + y).astype("u2"), "grey16.tiff"); case("grey16.tiff", np.repeat((x * 4000 + y)[..., None], 3, -1), largest=65535)
save(rgb, "pages.tiff", save_all=True, append_images=[Image.fromarray(255 - rgb)]); case("pages.tiff")
save((x / W).astype("f4"), "float.tiff"); case("float.tiff", error="cannot be read here: tiff: unsupported feature: sample format; save it as PNG")
save(smooth.convert("CMYK"), "cmyk.tiff"); case("cmyk.tiff", error="cannot be read here")
exif = Image.Exif(); exif[0x0112] = 6
save(rgb, "turned.tiff", exif=exif); case("turned.tiff", error="got a TIFF that says it is turned")
save(rgb, "a.gif"); case("a.gif", error="got a GIF, want one picture as PNG, JPEG, WebP or TIFF")
save(rgb, "a.bmp"); case("a.bmp", error="got a BMP, want")
with open(os.path.join(OUT, "pixels.json"), "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
print(len(cases), "cases")
