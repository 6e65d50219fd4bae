package weights

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lossctl/io/array"
)

// published serves content, as handler does where it is not nil, and says what
// Pull is to fetch, and the ranges that it asked for.
func published(t *testing.T, content []byte, handler http.HandlerFunc) (e *Entry, ranges *[]string) {
	t.Helper()
	if handler == nil {
		handler = func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		}
	}
	ranges = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*ranges = append(*ranges, r.Header.Get("Range"))
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(content)
	return &Entry{File: "net.pth", URL: server.URL + "/net.pth", SHA256: hex.EncodeToString(sum[:])[:8]}, ranges
}

func TestPull(t *testing.T) {
	content := bytes.Repeat([]byte("weights "), 50000)
	start := func(n int) []byte { return content[:n] }
	whole := func(w http.ResponseWriter, _ *http.Request) { w.Write(content) }
	for _, c := range []struct {
		name    string
		part    []byte
		handler http.HandlerFunc
		ranges  string
	}{
		{"new", nil, nil, "[]"},
		{"continued", start(100001), nil, "[bytes=100001-]"},
		{"all there", content, nil, "[bytes=400000-]"},
		{"too much there", append(bytes.Clone(content), 1), nil, "[bytes=400001- ]"},
		{"no ranges", start(100001), whole, "[bytes=100001-]"},
		{"another range", start(3), func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				whole(w, r)
				return
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%[1]d", len(content)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content)
		}, "[bytes=3- ]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, ranges := published(t, content, c.handler)
			dir := filepath.Join(t.TempDir(), "new", "folder")
			if c.part != nil {
				os.MkdirAll(dir, 0o777)
				os.WriteFile(filepath.Join(dir, "net.pth.part"), c.part, 0o666)
			}
			last := int64(-1)
			path, err := e.pull(t.Context(), dir, func(done, _ int64) { last = done })
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, content) || path != filepath.Join(dir, "net.pth") {
				t.Errorf("got %d bytes (%v) in %s, want %d", len(got), err, path, len(content))
			}
			if last != int64(len(content)) && c.name != "all there" {
				t.Errorf("progress ends at %d, want %d", last, len(content))
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
				t.Errorf("got %v, want one file", left)
			}
			if got := fmt.Sprint(*ranges); got != c.ranges {
				t.Errorf("asked for %s, want %s", got, c.ranges)
			}
			// once more: nothing is fetched
			e.URL = "http://127.0.0.1:1/net.pth"
			if again, err := e.pull(t.Context(), dir, nil); err != nil || again != path {
				t.Errorf("a second time: got %s, %v", again, err)
			}
			os.WriteFile(path, []byte("other"), 0o666)
			if _, err := e.pull(t.Context(), dir, nil); err == nil || array.IsMachine(err) || !strings.HasPrefix(err.Error(), path+": got SHA-256 d9298a10, want ") {
				t.Errorf("a file with other content: got %v", err)
			}
		})
	}
}

// TestPullErrors wants one line, and never a file under its name.
func TestPullErrors(t *testing.T) {
	content := bytes.Repeat([]byte("weights "), 50000)
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string // after the URL
		left    int    // bytes in .part; −1 for no file
	}{
		{"absent", http.NotFound, ": got 404 Not Found, want the file", 0},
		{"other content", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("other")) }, ": got SHA-256 d9298a10, want ", -1},
		{"broken off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "400000")
			w.Write(content[:1234])
		}, ": broke off after 1234 bytes (unexpected EOF); the same command continues", 1234},
		{"no server", nil, ": ", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, _ := published(t, content, c.handler)
			if c.handler == nil {
				e.URL = "http://127.0.0.1:1/net.pth"
			}
			dir := t.TempDir()
			_, err := e.pull(t.Context(), dir, nil)
			if err == nil || !strings.HasPrefix(err.Error(), e.URL+c.want) || strings.Contains(err.Error(), "\n") || array.IsMachine(err) == (c.left < 0) {
				t.Errorf("got %v, want %s%s", err, e.URL, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "net.pth")); err == nil {
				t.Error("got a file")
			}
			info, err := os.Stat(filepath.Join(dir, "net.pth.part"))
			if c.left < 0 && err == nil || c.left >= 0 && (err != nil || info.Size() != int64(c.left)) {
				t.Errorf("got %v (%v), want %d bytes left", info, err, c.left)
			}
		})
	}
	// interrupted, then continued
	stop, cancel := context.WithCancel(t.Context())
	e, _ := published(t, content, nil)
	dir := t.TempDir()
	_, err := e.pull(stop, dir, func(done, _ int64) {
		if done > 0 {
			cancel()
		}
	})
	if err == nil && stop.Err() == nil {
		t.Error("got no error from a call that was interrupted")
	}
	if path, err := e.pull(t.Context(), dir, nil); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if _, err := Pull(t.Context(), "vgg", dir, nil); err == nil {
		t.Error("got no error for an unknown name")
	}
}
