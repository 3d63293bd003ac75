# Sourced by ./test: the tests' packages, the instruction-set paths, and one run of a test executable.

passed=0 failed=0 skipped=0 wanting=0

# Best first. Each is a value of LUTHIER_ISA.
isa_all=(avx512bf16 avx512 avx2 vector scalar)

# The paths that this CPU can run, best first.
isa_paths() {
    local flags=
    [ "$(uname -m)" = x86_64 ] && flags=" $(grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null) "
    case $flags in *' avx512_bf16 '*) echo avx512bf16 ;; esac
    case $flags in *' avx512f '*) case $flags in *' avx512bw '*) case $flags in *' avx512vl '*) echo avx512 ;; esac ;; esac ;; esac
    case $flags in *' avx2 '*) case $flags in *' fma '*) echo avx2 ;; esac ;; esac
    echo vector
    echo scalar
}

# What the runtime is told, so that the C# vector code shrinks along with the kernels.
isa_environment() {
    echo "LUTHIER_ISA=$1"
    case $1 in
        avx2 | vector) echo DOTNET_EnableAVX512=0 ;;
        scalar) echo DOTNET_EnableHWIntrinsic=0 ;;
    esac
}

# Debian's PyTorch and SentencePiece, promtool, and clients from npm are peers that some tests compare with.
install_needs() {
    local package missing=()
    for package in python3-torch python3-sentencepiece python3-numpy; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    command -v promtool >/dev/null 2>&1 || missing+=(prometheus)
    command -v npm >/dev/null 2>&1 || missing+=(nodejs npm)
    if [ ${#missing[@]} -eq 0 ]; then
        echo "present"
    elif ! command -v apt-get >/dev/null 2>&1; then
        echo "missing: ${missing[*]} (no apt-get here); tests that compare with them are skipped"
    elif [ "$(id -u)" -ne 0 ]; then
        echo "missing: ${missing[*]}; as root: apt-get install ${missing[*]}; tests that compare with them are skipped"
    else
        echo "installing ${missing[*]}"
        local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=500)
        {
            "${apt[@]}" update &&
                "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
        } >artifacts/test-results/apt.log 2>&1 </dev/null ||
            { tail -n 3 artifacts/test-results/apt.log; echo "the installation failed; tests that compare with them are skipped"; }
    fi
    install_peers
}

# The packages that tests/peers/package-lock.json pins, in a folder that git ignores. Binaries for other machines, which
# node-llama-cpp lists as optional and some registries lack, are left out: npm ci would ask for them.
install_peers() {
    local folder=tests/peers
    command -v npm >/dev/null 2>&1 || return
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
    # Node trusts its own certificates alone unless told of the system's.
    local certificates=/etc/ssl/certs/ca-certificates.crt
    [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$certificates" ] && export NODE_EXTRA_CA_CERTS=$certificates
    echo "installing the peers from npm"
    npm install --prefix "$folder" --no-save --omit=optional --ignore-scripts --no-audit --no-fund >artifacts/test-results/npm.log 2>&1 </dev/null ||
        { tail -n 3 artifacts/test-results/npm.log; echo "the installation failed; tests that use them are skipped"; }
}

# run_tests PROJECT ISA: runs the test executable and adds its counts. A process that dies, hangs or leaves no
# report is a failure, whatever it printed before.
run_tests() {
    local name=$1 isa=$2 code=0
    local executable=artifacts/bin/$name/release/$name report=artifacts/test-results/$name.$isa.xml
    local log=${report%.xml}.log
    printf '\n== %s (%s)\n' "$name" "$isa"
    mapfile -t environment < <(isa_environment "$isa")
    # Exit code 1 with a report is failed tests; anything else is a crash.
    timeout --kill-after=10 1200 env "${environment[@]}" "$executable" -noLogo -noColor -xml "$report" \
        </dev/null >"$log" 2>&1 || code=$?
    grep -vE '^ *(Discovering|Discovered|Starting|Finished): ' "$log"
    if [ ! -s "$report" ] || [ "$code" -gt 1 ]; then
        echo "$name ($isa): the test process ended with exit code $code before it was done"
        failed=$((failed + 1))
        return
    fi
    add_counts "$report" "$code"
}

# Adds an xunit report: sums the attributes of its <assembly> elements.
add_counts() {
    local report=$1 code=$2 bad
    bad=$(($(attribute_sum "$report" failed) + $(attribute_sum "$report" errors)))
    passed=$((passed + $(attribute_sum "$report" passed)))
    skipped=$((skipped + $(attribute_sum "$report" skipped)))
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    failed=$((failed + bad))
    # A skip because of the CPU is in the nature of the machine; any other is something missing.
    wanting=$((wanting + $(sed 's/<reason>/\n&/g' "$report" | grep '^<reason>' | grep -cviE '^<reason>(<!\[CDATA\[)?this CPU ')))
}

attribute_sum() {
    grep -oE '<assembly [^>]*>' "$1" | grep -oE " $2=\"[0-9]+\"" | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }'
}
