package weights

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// home is a folder in the place of all caches.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	for _, name := range []string{"LOSSCTL_WEIGHTS", "TORCH_HOME", "HF_HOME", "HF_HUB_CACHE"} {
		t.Setenv(name, "")
	}
	return dir
}

func touch(t *testing.T, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestFind puts files into one place after the other, each before those before.
func TestFind(t *testing.T) {
	dir := home(t)
	find := func(want string) {
		t.Helper()
		if got, err := Find("vgg16"); err != nil || got != want {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
	}
	_, err := Find("vgg16")
	if err == nil || !strings.HasPrefix(err.Error(), "vgg16: got no weights in "+dir) ||
		!strings.HasSuffix(err.Error(), "lossctl weights pull vgg16 downloads them (528 MB), or name a file") {
		t.Errorf("got %v", err)
	}
	if _, err := Find("vgg11"); err == nil || err.Error() !=
		"vgg11: no such weights, want squeezenet|alexnet|vgg16|vgg19|lpips-squeezenet|lpips-alexnet|lpips-vgg16" {
		t.Errorf("got %v", err)
	}
	touch(t, dir, "cache/torch/hub/checkpoints/vgg16_features-amdegroot-88682ab5.pth")
	touch(t, dir, "cache/torch/hub/checkpoints/vgg16_bn-6c64b313.pth")
	touch(t, dir, "cache/torch/hub/checkpoints/vgg16-397923af.pth.part")
	find(touch(t, dir, "cache/huggingface/hub/models--timm--vgg16.tv_in1k/snapshots/c0ffee/model.safetensors"))
	find(touch(t, dir, "cache/torch/hub/checkpoints/vgg16-397923af.pth"))
	find(touch(t, dir, "cache/lossctl/weights/vgg16-397923af.pth"))
	own := filepath.Join(dir, "a [b] *")
	t.Setenv("LOSSCTL_WEIGHTS", own)
	touch(t, own, "vgg16_features_to_relu2_2.safetensors")
	find(touch(t, own, "vgg16.npz"))
	find(touch(t, own, "vgg16-397923af.pth"))

	t.Setenv("TORCH_HOME", filepath.Join(dir, "torch"))
	t.Setenv("HF_HOME", filepath.Join(dir, "hf"))
	where := map[string]string{
		"vgg16":         filepath.Join(own, "vgg16-397923af.pth"),
		"vgg19":         touch(t, dir, "hf/hub/models--timm--vgg19.tv_in1k/snapshots/c0ffee/model.safetensors"),
		"alexnet":       touch(t, dir, "torch/hub/checkpoints/alexnet-owt-4df8aa71.pth"),
		"lpips-alexnet": touch(t, own, "alex.pth"),
	}
	for _, item := range List() {
		if item.Path != where[item.Name] {
			t.Errorf("%s: got %q, want %q", item.Name, item.Path, where[item.Name])
		}
	}
	t.Setenv("HF_HUB_CACHE", filepath.Join(dir, "hf"))
	if path, err := Find("vgg19"); err == nil {
		t.Errorf("got %s, want none", path)
	}
	if Folder() != own {
		t.Errorf("got %s, want %s", Folder(), own)
	}
}
