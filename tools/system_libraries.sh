#!/usr/bin/env bash
# Checks for what must come from the system, and installs what is missing where it may (apt-get,
# as root or with passwordless sudo). Else it prints the one line to type and goes on: what
# needs none of it works without.
#
#   tools/system_libraries.sh WHAT...
#
#   venv    Python's own virtual environments
#   gl      OpenGL and the libraries of a window
#   window  a display without a screen, and a hand on it, for the tests of the window
#   bench   a viewer that make bench compares with, and a display for it
#   mpi     several processes that speak MPI, for the tests of runs on a cluster
set -eu

[ "$(uname -s)" = Linux ] || exit 0 # elsewhere OpenGL is part of the system

missing=() # what was looked for
packages=() # the Debian and Ubuntu packages that hold it

need() { # need WHAT PACKAGE CHECK...
    local what=$1 package=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$what")
        packages+=("$package")
    fi
}
loads() { python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1"; }
driver() { # Mesa's, or the EGL half of another maker's
    compgen -G '/usr/lib*/dri/*_dri.so' || compgen -G '/usr/lib/*/dri/*_dri.so' || loads libEGL_nvidia.so.0
}

look() { # look WHAT...
    missing=() packages=()
    local what
    for what in "$@"; do
        case $what in
        venv)
            need "ensurepip" python3-venv python3 -c 'import ensurepip'
            ;;
        gl)
            need libEGL.so.1 libegl1 loads libEGL.so.1
            need libGL.so.1 libgl1 loads libGL.so.1
            need libOpenGL.so.0 libopengl0 loads libOpenGL.so.0
            need "an OpenGL driver" libgl1-mesa-dri driver
            need libX11.so.6 libx11-6 loads libX11.so.6
            ;;
        window)
            need Xvfb xvfb command -v Xvfb
            need xdotool xdotool command -v xdotool
            ;;
        bench)
            need f3d f3d command -v f3d
            need Xvfb xvfb command -v Xvfb
            ;;
        mpi)
            need mpirun openmpi-bin command -v mpirun
            ;;
        *)
            echo "system_libraries.sh: $what is none of venv, gl, window, mpi, bench" >&2
            exit 2
            ;;
        esac
    done
}

look "$@"
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
may_install=no
if command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then
        may_install=yes
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        may_install=yes as_root=(sudo -n)
    fi
fi

if [ $may_install = yes ]; then
    echo "system libraries: installing ${packages[*]}" >&2
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)
    "${apt[@]}" update >&2 &&
        "${apt[@]}" install -y --no-install-recommends "${packages[@]}" >&2 || true
    look "$@"
    [ ${#missing[@]} -gt 0 ] || exit 0
fi

{
    echo "system libraries: not found: $(printf '%s, ' "${missing[@]}" | sed 's/, $//'). Install with"
    echo
    echo "    sudo apt-get install ${packages[*]}"
    echo
    command -v apt-get >/dev/null || echo "or what this system calls these packages."
} >&2
