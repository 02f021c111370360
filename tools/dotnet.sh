# shellcheck shell=bash
# Sourced by ./tandem and ./test, with $root set to the repository: finds the .NET SDK, and keeps what they build from
# depending on the place they run in or leaving a process behind.

# Sets $dotnet to the dotnet command, or fails without a word.
find_dotnet() {
  for dotnet in dotnet "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet"; do
    ! command -v "$dotnet" >/dev/null || return 0
  done
  return 1
}

# require_sdk WHO: sets $dotnet; where there is no SDK that global.json accepts, one line says what to install.
require_sdk() {
  local found="" advice="install .NET SDK 10.0.100 or later (https://dotnet.microsoft.com/download, or the package dotnet-sdk-10.0)"
  if find_dotnet; then
    prepare_dotnet
    ! (cd "$root" && "$dotnet" --version) >/dev/null 2>&1 || return 0
    found=$("$dotnet" --list-sdks 2>/dev/null | cut -d ' ' -f 1 | paste -s -d ' ' -)
  fi
  echo "$1: found ${found:+only }.NET SDK ${found:-none}; $advice" >&2
  return 1
}

# The SDK and NuGet write under the home directory; where that cannot be, they write under .tandem instead, and still
# read the package sources that the user has set.
prepare_dotnet() {
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
  export DOTNET_CLI_HOME=$root/.tandem/home
  mkdir -p "$DOTNET_CLI_HOME/.nuget/NuGet"
  if [ -r "${HOME:-}/.nuget/NuGet/NuGet.Config" ]; then
    cp "$HOME/.nuget/NuGet/NuGet.Config" "$DOTNET_CLI_HOME/.nuget/NuGet/NuGet.Config"
  fi
}
