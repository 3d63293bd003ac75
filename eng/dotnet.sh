# Sourced by ./luthier and ./test: finds the .NET SDK, and gives it a home when the user has none.
# Expects $root, the repository's folder.

# Puts `dotnet` on the PATH if it lies in a usual place, and says where when the host can't know.
find_dotnet() {
    local place
    if ! command -v dotnet >/dev/null 2>&1; then
        for place in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
            if [ -n "$place" ] && [ -x "$place/dotnet" ]; then
                PATH="$place:$PATH"
                break
            fi
        done
    fi
    command -v dotnet >/dev/null 2>&1 || return 1
    if [ -z "${DOTNET_ROOT:-}" ]; then
        place=$(dirname "$(readlink -f "$(command -v dotnet)")")
        [ -d "$place/host/fxr" ] && export DOTNET_ROOT="$place"
    fi
    return 0
}

# Fails with a clear message unless an SDK that can build this repository is there.
require_sdk() {
    find_dotnet && (cd "$root" && dotnet --version) >/dev/null 2>&1 && return 0
    {
        echo "The .NET 10 SDK is missing (need 10.0.100 or later; found: $(sdks_found))."
        echo "Get it from https://dotnet.microsoft.com/download/dotnet/10.0 or your package manager, then run this again."
    } >&2
    return 1
}

sdks_found() {
    local found=
    command -v dotnet >/dev/null 2>&1 && found=$(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ')
    echo "${found:-none}"
}

# dotnet and NuGet write under HOME; without one they write under artifacts/.
provide_home() {
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
    if [ -z "${HOME:-}" ] || [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then
        export HOME="$root/artifacts/home"
        mkdir -p "$HOME"
        export DOTNET_CLI_HOME="$HOME"
    fi
}
