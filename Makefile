.PHONY: all build test check bench generate reference

all: check test

build:
	go build -o lossctl .

test:
	go test ./...

check:
	go vet ./...
	go tool staticcheck ./...
	go tool gofumpt -l $$(git ls-files '*.go') | (! grep .)

# Writes docs/performance.md; make bench BENCH='-scale 0.05 -o /tmp/p.md' is quick.
bench:
	go run ./scripts/bench $(BENCH)

# Makes again what is made from declarations and generators. CI wants a clean
# tree after it.
generate:
	go generate ./...

# Reference values, with the Python that scripts/reference/README.md sets up.
reference:
	python3 scripts/reference/focal.py
	python3 scripts/reference/gan.py
	python3 scripts/reference/gan_penalty.py
	python3 scripts/reference/iou_boxes.py
	python3 scripts/reference/overlap.py
	python3 scripts/reference/kl.py
	python3 scripts/reference/kl_distill.py
	python3 scripts/reference/kl_gaussian.py
	python3 scripts/reference/kl_policy.py
	python3 scripts/reference/kl_tokens.py
	python3 scripts/reference/kl_align.py
	python3 scripts/reference/ctc.py
	python3 scripts/reference/perceptual.py
	python3 scripts/reference/perceptual_net.py
	python3 scripts/reference/perceptual_features.py
	python3 scripts/reference/triplet.py
