# shellcheck shell=bash
# Sourced by ./tandem and ./test, with $root set to the repository: finds the .NET SDK, and keeps what they build from
# depending on the place they run in or leaving a process behind.

# Prints the path of the dotnet command, or fails without a word.
find_dotnet() {
  command -v dotnet && return
  local folder
  for folder in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet /opt/dotnet; do
    if [ -x "$folder/dotnet" ]; then
      printf '%s\n' "$folder/dotnet"
      return
    fi
  done
  return 1
}

# require_sdk WHO: sets $dotnet; where there is no SDK that global.json accepts, one line says what to install.
require_sdk() {
  local advice="install .NET SDK 10.0.100 or later (https://dotnet.microsoft.com/download, or the package dotnet-sdk-10.0) and try again"
  if ! dotnet=$(find_dotnet); then
    echo "$1: found no .NET SDK; $advice" >&2
    return 1
  fi
  prepare_home
  if ! (cd "$root" && "$dotnet" --version) >/dev/null 2>&1; then
    local found
    found=$("$dotnet" --list-sdks 2>/dev/null | cut -d ' ' -f 1 | paste -s -d ' ' -)
    echo "$1: found ${found:+only }.NET SDK ${found:-none}; $advice" >&2
    return 1
  fi
}

# The SDK and NuGet write under the home directory; where that cannot be, they write under .tandem instead, and still
# read the package sources that the user has set.
prepare_home() {
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=0
  # No build server, compiler server or idle build node outlives the command: in CI each would hold its output open.
  export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
  if [ -n "${DOTNET_CLI_HOME:-}" ]; then
    return
  fi
  if [ -n "${HOME:-}" ] && mkdir -p "$HOME/.dotnet" "$HOME/.nuget/packages" 2>/dev/null \
    && [ -w "$HOME/.dotnet" ] && [ -w "$HOME/.nuget/packages" ]; then
    return
  fi
  export DOTNET_CLI_HOME="$root/.tandem/home"
  mkdir -p "$DOTNET_CLI_HOME/.nuget/NuGet"
  if [ -r "${HOME:-}/.nuget/NuGet/NuGet.Config" ]; then
    cp "$HOME/.nuget/NuGet/NuGet.Config" "$DOTNET_CLI_HOME/.nuget/NuGet/NuGet.Config"
  fi
}
