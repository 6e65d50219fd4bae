"""One file of an installed library, without the imports of the rest of it."""
import importlib.metadata as md, importlib.util, os, sys, types


class Registry:
    """Takes the place of a registry of classes."""

    def register(self, *args, **kw):
        return lambda c: c

    register_module = register


def module(package, file, name=None, **stubs):
    """The module; stubs are what it imports of the rest: names with __ for a dot, and what is in them. name: where it imports from its neighbours."""
    for stub, values in stubs.items():
        m = types.ModuleType(stub.replace("__", "."))
        m.__dict__.update(values)
        sys.modules[m.__name__] = m
    spec = importlib.util.spec_from_file_location(name or "one_file_of_" + package.replace("-", "_"), os.path.join(md.distribution(package).locate_file(""), file))
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    return m


def mmagic():
    return module("mmagic", "mmagic/models/losses/gan_loss.py", mmagic={}, mmagic__registry={"MODELS": Registry()},
                  mmengine={}, mmengine__dist={"is_distributed": None})


def basicsr():
    return module("basicsr", "basicsr/losses/gan_loss.py", basicsr={}, basicsr__utils={}, basicsr__utils__registry={"LOSS_REGISTRY": Registry()})


def basicsr_perceptual(extractor):
    return module("basicsr", "basicsr/losses/basic_loss.py", "basicsr.losses.basic_loss", basicsr={}, basicsr__utils={}, basicsr__utils__registry={"LOSS_REGISTRY": Registry()},
                  basicsr__archs={}, basicsr__archs__vgg_arch={"VGGFeatureExtractor": extractor}, basicsr__losses={}, basicsr__losses__loss_util={"weighted_loss": lambda f: f})


def mmagic_perceptual():
    return module("mmagic", "mmagic/models/losses/perceptual_loss.py", mmagic={}, mmagic__registry={"MODELS": Registry()},
                  mmengine={"MMLogger": None}, mmengine__runner={"load_checkpoint": None})


def mimicry():
    return module("torch-mimicry", "torch_mimicry/modules/losses.py")
