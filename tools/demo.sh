#!/usr/bin/env bash
# From nothing to two pictures: train a small network on real handwritten digits, compute the
# loss surface around it and the path that the training took, and show both.
set -eu

show() { # print a command the way one would type it, then run it
    printf '\n$ %s\n' "$*" >&2
    "$@"
}

mkdir -p demo
rm -rf demo/run # of an earlier time: a trajectory is never mixed with another
# One thread: so small a network spends more time on sharing its work than on the work.
show glviz-compute train --model mlp --data digits --epochs 60 --lr 0.1 --momentum 0 --batch-size 32 \
    --threads 1 --record demo/run -o demo/net.pt
show glviz-compute surface --model mlp --checkpoint demo/net.pt --data digits \
    -x -1:1:51 -y -1:1:51 --threads 1 -o demo/digits.ply
show glviz-compute trajectory --model mlp --trajectory demo/run --data digits --threads 1 -o demo/digits_path.ply

pictures() {
    show glviz demo/digits.ply -o demo/digits.png
    show glviz demo/digits_path.ply -o demo/digits_path.png
    printf '\n%s, so the pictures were written:\n%s\n%s\n' \
        "$1" "$PWD/demo/digits.png" "$PWD/demo/digits_path.png"
}

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    show glviz demo/digits.ply demo/digits_path.ply || {
        code=$?
        [ $code = 4 ] || exit $code # 4: a display is named but no window could be opened on it
        pictures "No window could be opened"
    }
else
    pictures "There is no display"
fi
